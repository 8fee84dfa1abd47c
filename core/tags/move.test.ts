import assert from "node:assert/strict";
import fc from "fast-check";
import { compare } from "semver";
import { isMovingVersionTag, mayMove, tagsFor, versionLabel, type GitContext, type TagTarget } from ".";

const commit = (number: number) => (number + 0x1000000).toString(16).repeat(6).slice(0, 40);
const image = (changed: Partial<TagTarget> = {}): TagTarget => ({
  digest: "sha256:new",
  revision: commit(2),
  version: undefined,
  ...changed,
});
const before = (changed: Partial<TagTarget> = {}) =>
  image({ digest: "sha256:old", revision: commit(1), ...changed });

function decide(tag: string, from: TagTarget | undefined, to: TagTarget, descends?: boolean): string {
  const { action, undecided } = mayMove({ tag, from, to, descends });
  return undecided === true ? `${action}, undecided` : action;
}

describe("whether a tag may move", () => {
  const short = commit(2).slice(0, 7);

  it("is no question where it is new or points at the image already", () => {
    for (const tag of ["latest", "1.2.3", "1.2", "1", `sha-${short}`, "pr-1", `dev-jane-${short}`]) {
      assert.equal(decide(tag, undefined, image()), "create", tag);
      assert.equal(decide(tag, image({ revision: undefined }), image()), "unchanged", tag);
    }
  });

  it("is decided for latest by ancestry, and kept where that is unknown", () => {
    assert.equal(decide("latest", before(), image(), true), "move");
    assert.equal(decide("latest", before(), image(), false), "keep");
    assert.equal(decide("latest", before(), image(), undefined), "keep, undecided");
    assert.equal(decide("latest", before({ revision: undefined }), image(), undefined), "keep, undecided");
    assert.equal(decide("latest", before({ revision: commit(2) }), image(), undefined), "move");
  });

  it("is decided for 1.2 and 1 by version, whatever the ancestry", () => {
    const versions = (tag: string, from: string | undefined, to: string | undefined) =>
      decide(tag, before({ version: from }), image({ version: to }), false);
    assert.equal(versions("1.2", "1.2.3", "1.2.4"), "move");
    assert.equal(versions("1.2", "1.2.9", "1.2.10"), "move");
    assert.equal(versions("1", "1.9.0", "1.10.0"), "move");
    assert.equal(versions("0.3", "0.3.0", "0.3.1"), "move");
    assert.equal(versions("1.2", "1.2.4", "1.2.3"), "keep");
    assert.equal(versions("1", "1.3.0", "1.2.4"), "keep");
    assert.equal(versions("1.2", "1.2.4", "1.2.4"), "keep");
    assert.equal(versions("1.2", undefined, "1.2.4"), "keep, undecided");
    assert.equal(versions("1.2", "sha-0a1b2c3", "1.2.4"), "keep, undecided");
    assert.equal(versions("1.2", "1.2.3", undefined), "keep, undecided");
    assert.equal(versions("1", "2.0.0", "1.2.4"), "keep, undecided");
  });

  it("is refused where the tag doesn't stand for the image's version or commit", () => {
    for (const [tag, version] of [
      ["1.2", "1.3.0"],
      ["1.2", "1.20.0"],
      ["1", "10.0.0"],
      ["1.2", "1.2.3-rc.1"],
      ["1.2.3", "1.2.4"],
    ] as const) {
      assert.equal(decide(tag, undefined, image({ version })), "refuse", tag);
      assert.equal(decide(tag, before({ version: "1.0.0" }), image({ version }), true), "refuse", tag);
    }
    assert.equal(decide("sha-0a1b2c3", undefined, image()), "refuse");
    assert.equal(decide("dev-jane-0a1b2c3", undefined, image()), "refuse");
  });

  it("is never for a whole version: another commit's is refused, the same commit's is kept", () => {
    const version = "1.2.3";
    assert.equal(decide(version, before({ version }), image({ version }), true), "refuse");
    assert.equal(
      decide(version, before({ version, revision: undefined }), image({ version }), true),
      "refuse",
    );
    assert.equal(decide(version, before({ version, revision: commit(2) }), image({ version })), "keep");
    assert.equal(decide("2.0.0-rc.1", before(), image({ version: "2.0.0-rc.1" }), true), "refuse");
  });

  it("is never for a commit's tag, and for a developer's own within the commit only", () => {
    for (const [tag, again] of [
      [`sha-${short}`, "keep"],
      [`dev-jane-${short}`, "move"],
    ] as const) {
      assert.equal(decide(tag, before({ revision: commit(2) }), image()), again);
      assert.equal(decide(tag, before({ revision: `${commit(2)}-dirty` }), image()), again);
      assert.equal(decide(tag, before({ revision: undefined }), image(), true), "keep, undecided", tag);
      const twin = commit(2).slice(0, 7) + commit(1).slice(7);
      assert.equal(decide(tag, before({ revision: twin }), image(), true), "refuse", tag);
    }
  });

  it("is for a pull request's by ancestry, and by time where its branch was rebased", () => {
    const [early, late] = ["2026-11-24T12:00:00Z", "2026-11-24T12:00:01+00:00"];
    const times = (from: string | undefined, to: string | undefined, descends?: boolean) =>
      decide("pr-1", before({ created: from }), image({ created: to }), descends);
    assert.equal(times(late, early, true), "move");
    assert.equal(times(early, late, false), "move");
    assert.equal(times(early, late, undefined), "move");
    assert.equal(times(late, early, false), "keep");
    assert.equal(times(early, early, false), "keep, undecided");
    assert.equal(times(undefined, late, false), "keep, undecided");
    assert.equal(times(early, "yesterday", false), "keep, undecided");
    assert.equal(decide("pr-1", before({ revision: commit(2) }), image()), "move");
  });

  it("is refused for every tag that publishing doesn't set, and those of environments among them", () => {
    for (const tag of ["production", "nightly", "0", "buildcache-x", `sha256-${"0".repeat(64)}.sig`]) {
      assert.equal(decide(tag, undefined, image(), true), "refuse", tag);
      assert.equal(decide(tag, before(), image(), true), "refuse", tag);
    }
  });

  it("is told with a reason that names both sides", () => {
    const reason = (tag: string, from: TagTarget, to: TagTarget) =>
      mayMove({ tag, from, to, descends: false }).reason;
    const [old, next] = [commit(1).slice(0, 7), commit(2).slice(0, 7)];
    assert.equal(
      reason("latest", before(), image()),
      `${next} does not descend from ${old}, which it points at`,
    );
    assert.equal(
      reason("1", before({ version: "1.3.0" }), image({ version: "1.2.4" })),
      "1.2.4 is not higher than 1.3.0, which it points at",
    );
  });
});

/** A build that ended: what it was of, and the image that it made. */
interface Build {
  readonly context: GitContext;
  readonly image: TagTarget;
}

interface Step {
  readonly tag: string;
  readonly from: TagTarget | undefined;
  readonly to: TagTarget;
}

/** Commits by number, each with those of lower numbers that it was made from. */
type History = readonly (readonly number[])[];

function ancestors(history: History, number: number): ReadonlySet<number> {
  const found = new Set([number]);
  for (const each of found) for (const parent of history[each] ?? []) found.add(parent);
  return found;
}

const numberOf = (revision: string | undefined) =>
  Number.parseInt((revision ?? "").slice(0, 7), 16) - 0x1000000;

function build(number: number, changed: Partial<GitContext>): Build {
  const time = new Date(Date.UTC(2026, 0, 1) + number * 1000);
  const context: GitContext = {
    event: "push",
    ref: "refs/heads/main",
    sha: commit(number),
    defaultBranch: "main",
    repository: "o/r",
    time,
    ...changed,
  };
  const decision = tagsFor(context);
  assert.equal(decision.kind, "publish");
  const version = decision.kind === "publish" ? versionLabel(decision.tags) : undefined;
  const digest = `sha256:${number}-${context.ref}`;
  return { context, image: { digest, revision: context.sha, version, created: time.toISOString() } };
}

/** Runs the tag step of builds in the order in which they end; gives the registry's tags and every move. */
function publish(
  history: History,
  builds: readonly Build[],
): { tags: Map<string, TagTarget>; steps: Step[] } {
  const tags = new Map<string, TagTarget>();
  const steps: Step[] = [];
  for (const { context, image: to } of builds) {
    const decision = tagsFor(context);
    for (const { tag } of decision.kind === "publish" ? decision.tags : []) {
      const from = tags.get(tag);
      const descends = from && ancestors(history, numberOf(to.revision)).has(numberOf(from.revision));
      const { action } = mayMove({ tag, from, to, descends });
      if (action !== "create" && action !== "move") continue;
      steps.push({ tag, from, to });
      tags.set(tag, to);
    }
  }
  return { tags, steps };
}

const line = (length: number): History =>
  Array.from({ length }, (_, number) => (number === 0 ? [] : [number - 1]));
const shuffled = <T>(items: readonly T[]) =>
  fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length });

describe("tags that move, in whatever order builds end", () => {
  it("leave latest at the newest commit of a straight history", () => {
    const ends = fc
      .integer({ min: 1, max: 8 })
      .chain((length) => fc.tuple(fc.constant(length), fc.array(fc.nat(length - 1), { minLength: 1 })));
    fc.assert(
      fc.property(ends, ([length, numbers]) => {
        const { tags } = publish(
          line(length),
          numbers.map((number) => build(number, {})),
        );
        assert.equal(numberOf(tags.get("latest")?.revision), Math.max(...numbers));
      }),
    );
  });

  it("take latest to descendants only, in any history", () => {
    const parents = fc.array(fc.uniqueArray(fc.nat(), { minLength: 1, maxLength: 2 }), { maxLength: 8 });
    fc.assert(
      fc.property(parents, fc.infiniteStream(fc.nat()), (drawn, order) => {
        const history: History = [[], ...drawn.map((each, index) => each.map((n) => n % (index + 1)))];
        const builds = [...order.take(12)].map((n) => build(n % history.length, {}));
        for (const { tag, from, to } of publish(history, builds).steps) {
          if (tag !== "latest" || from === undefined) continue;
          assert.ok(ancestors(history, numberOf(to.revision)).has(numberOf(from.revision)));
        }
      }),
    );
  });

  it("leave 1.2 and 1 at the highest version of their line, and never take them down", () => {
    const part = fc.nat(3);
    const prerelease = fc.option(fc.constantFrom("rc.1", "rc.2", "alpha"), { nil: undefined, freq: 4 });
    const version = fc
      .tuple(part, part, part, prerelease)
      .map(([a, b, c, rc]) => `${a}.${b}.${c}${rc === undefined ? "" : `-${rc}`}`);
    const releases = fc.uniqueArray(version, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(releases.chain(shuffled), (versions) => {
        const builds = versions.map((each, number) => build(number, { ref: `refs/tags/v${each}` }));
        const { tags, steps } = publish(line(versions.length), builds);
        for (const each of versions) assert.equal(tags.get(each)?.version, each);
        for (const [tag, { version: at }] of tags) {
          if (!isMovingVersionTag(tag)) continue;
          const covered = versions.filter((each) => !each.includes("-") && `${each}.`.startsWith(`${tag}.`));
          assert.equal(at, covered.sort(compare).at(-1), tag);
        }
        for (const { tag, from, to } of steps) {
          if (from === undefined) continue;
          assert.ok(isMovingVersionTag(tag) && compare(to.version ?? "", from.version ?? "") > 0, tag);
        }
      }),
    );
  });

  it("leave a pull request's tag at its last state, rebased or not", () => {
    const pullRequest = { number: 7, action: "synchronize", headRepository: "o/r" };
    const change: Partial<GitContext> = { event: "pull_request", ref: "refs/pull/7/merge", pullRequest };
    const rebased = fc.array(fc.boolean(), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        rebased.chain((each) => fc.tuple(fc.constant(each), shuffled(each.map((_, number) => number)))),
        ([each, order]) => {
          const history: History = each.map((again, number) => (again || number === 0 ? [] : [number - 1]));
          const { tags } = publish(
            history,
            order.map((number) => build(number, change)),
          );
          assert.equal(numberOf(tags.get("pr-7")?.revision), each.length - 1);
        },
      ),
    );
  });

  it("move 1.2 and 1 and nothing else for a backport of 1.2.4 after 2.0.0", () => {
    const release = (version: string, number: number) => build(number, { ref: `refs/tags/v${version}` });
    const earlier = [build(0, {}), release("1.2.3", 0), build(1, {}), release("2.0.0", 1)];
    const backport = release("1.2.4", 2);
    const { steps } = publish([[], [0], [0]], [...earlier, backport]);
    const moved = steps.filter(({ to }) => to === backport.image);
    assert.deepEqual(
      moved.map(({ tag, from }) => `${tag}: ${from?.version ?? "new"}`),
      ["1.2.4: new", "1.2: 1.2.3", "1: 1.2.3", `sha-${commit(2).slice(0, 7)}: new`],
    );
  });

  it("change nothing when the same builds end a second time", () => {
    const builds = [build(0, {}), build(1, {}), build(1, { ref: "refs/tags/v1.2.3" }), build(2, {})];
    const once = publish(line(3), builds);
    assert.deepEqual(publish(line(3), [...builds, ...builds]), once);
  });
});
