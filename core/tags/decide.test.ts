import assert from "node:assert/strict";
import fc from "fast-check";
import { classifyTag, tagsFor, versionLabel, type BuildTag, type GitContext } from ".";

const sha = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const context = { event: "push", ref: "refs/heads/main", sha, defaultBranch: "main", repository: "o/r" };

/** OCI distribution specification 1.1, copied from "Pulling manifests". */
const ociTag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

const hostile = fc.string({ unit: "binary", maxLength: 300 });
const number = fc.oneof(fc.nat(30), fc.maxSafeNat());
const identifier = fc.stringMatching(/^[0-9A-Za-z-]{1,70}$/);
const suffix = (sign: string) =>
  fc.array(identifier, { maxLength: 3 }).map((parts) => (parts.length === 0 ? "" : sign + parts.join(".")));
const versionLike = fc
  .tuple(fc.constantFrom("v", "v", "v", "", "V"), number, number, number, suffix("-"), suffix("+"))
  .map(
    ([v, major, minor, patch, prerelease, build]) => `${v}${major}.${minor}.${patch}${prerelease}${build}`,
  );
const branch = fc.constantFrom("main", "trunk", "feature/login", "v1.2.3", "latest");

/** Contexts as GitHub makes them, with names that anyone may choose mixed in. */
const anyContext: fc.Arbitrary<GitContext> = fc.record(
  {
    event: fc.constantFrom(
      "push",
      "pull_request",
      "workflow_dispatch",
      "merge_group",
      "development",
      "create",
    ),
    ref: fc.oneof(
      branch.map((name) => `refs/heads/${name}`),
      versionLike.map((tag) => `refs/tags/${tag}`),
      fc.nat(20).map((pr) => `refs/pull/${pr}/merge`),
      hostile.map((name) => `refs/tags/v${name}`),
      hostile,
    ),
    sha: fc.oneof(
      { weight: 9, arbitrary: fc.stringMatching(/^[0-9a-f]{40}$/) },
      { weight: 1, arbitrary: hostile },
    ),
    defaultBranch: branch,
    repository: fc.constantFrom("albeorla/ghcr-platform", "Albeorla/GHCR-platform"),
    pullRequest: fc.record({
      number: fc.oneof(fc.nat(20), fc.double()),
      headRepository: fc.constantFrom("albeorla/ghcr-platform", "someone/ghcr-platform", undefined),
      action: fc.constantFrom("opened", "synchronize", "reopened", "closed", "labeled"),
    }),
    actor: fc.oneof(hostile, fc.constantFrom("jane", "dependabot[bot]", "Jürgen Groß")),
    time: fc.date(),
  },
  { requiredKeys: ["event", "ref", "sha", "defaultBranch", "repository"] },
);

function published(from: GitContext): readonly [BuildTag, ...BuildTag[]] {
  const decision = tagsFor(from);
  assert.equal(decision.kind, "publish", JSON.stringify(decision));
  return decision.kind === "publish" ? decision.tags : assert.fail();
}

describe("the tags of any git context", () => {
  it("are legal, all different, and of the class they say", () => {
    let publishing = 0;
    fc.assert(
      fc.property(anyContext, (any) => {
        const decision = tagsFor(any);
        if (decision.kind !== "publish") {
          assert.notEqual(decision.reason, "");
          return;
        }
        publishing += 1;
        const tags = decision.tags.map(({ tag }) => tag);
        assert.equal(new Set(tags).size, tags.length);
        for (const each of decision.tags) {
          assert.match(each.tag, ociTag);
          assert.equal(classifyTag(each.tag), each.class);
        }
      }),
      { numRuns: 2000 },
    );
    assert.ok(publishing > 100, `the law was tried on ${publishing} contexts only`);
  });

  it("are the same whenever it is asked and whoever pushed, but for a developer's own", () => {
    fc.assert(
      fc.property(anyContext, hostile, fc.date(), (any, actor, time) => {
        if (any.event === "development") return;
        assert.deepEqual(tagsFor({ ...any, actor, time }), tagsFor(any));
      }),
    );
  });

  it("name latest for the default branch only", () => {
    fc.assert(
      fc.property(anyContext, (any) => {
        const decision = tagsFor(any);
        const latest = decision.kind === "publish" && decision.tags.some(({ tag }) => tag === "latest");
        const onBranch = any.ref === `refs/heads/${any.defaultBranch}`;
        assert.ok(!latest || (onBranch && ["push", "workflow_dispatch"].includes(any.event)));
      }),
    );
  });

  it("never reach the registry from a fork", () => {
    fc.assert(
      fc.property(anyContext, (any) => {
        const fork =
          any.event === "pull_request" && any.pullRequest?.headRepository !== "albeorla/ghcr-platform";
        assert.ok(!fork || tagsFor(any).kind !== "publish");
      }),
    );
  });

  it("are those of a release by strict semver, without a v and without a bare 0", () => {
    fc.assert(
      fc.property(number, number, number, (major, minor, patch) => {
        const tags = published({ ...context, ref: `refs/tags/v${major}.${minor}.${patch}` }).map(
          ({ tag }) => tag,
        );
        const line = [`${major}.${minor}`, ...(major === 0 ? [] : [`${major}`])];
        assert.deepEqual(tags, [`${major}.${minor}.${patch}`, ...line, "sha-0a1b2c3"]);
      }),
    );
  });

  it("move as their class does", () => {
    const moving = (tags: readonly BuildTag[]) => tags.filter((each) => each.moving).map(({ tag }) => tag);
    const pullRequest = { number: 7, action: "opened", headRepository: "o/r" };
    assert.deepEqual(moving(published(context)), ["latest"]);
    assert.deepEqual(moving(published({ ...context, ref: "refs/tags/v1.2.3" })), ["1.2", "1"]);
    assert.deepEqual(moving(published({ ...context, ref: "refs/tags/v1.2.3-rc.1" })), []);
    assert.deepEqual(moving(published({ ...context, event: "pull_request", pullRequest })), ["pr-7"]);
    assert.deepEqual(moving(published({ ...context, event: "development", actor: "a" })), ["dev-a-0a1b2c3"]);
  });

  it("are refused where one has more than 128 characters", () => {
    const release = (length: number) => ({ ...context, ref: `refs/tags/v1.2.3-${"a".repeat(length - 6)}` });
    assert.equal(published(release(128))[0].tag.length, 128);
    const decision = tagsFor(release(129));
    assert.equal(decision.kind === "refused" && decision.code, "tag-too-long");
  });

  it("aren't given to a pull request whose fork is gone", () => {
    const pullRequest = { number: 7, action: "opened", headRepository: undefined };
    const decision = tagsFor({ ...context, event: "pull_request", ref: "refs/pull/7/merge", pullRequest });
    assert.deepEqual(decision, {
      kind: "build-only",
      code: "fork",
      reason: "pull request 7 comes from a deleted fork",
    });
  });

  it("come with a version for the labels: the tag that names this build alone", () => {
    const pullRequest = { number: 7, action: "opened", headRepository: "o/r" };
    assert.equal(versionLabel(published(context)), "sha-0a1b2c3");
    assert.equal(versionLabel(published({ ...context, ref: "refs/tags/v1.2.3" })), "1.2.3");
    assert.equal(versionLabel(published({ ...context, event: "pull_request", pullRequest })), "pr-7");
    assert.equal(versionLabel(published({ ...context, event: "development", actor: "a" })), "dev-a-0a1b2c3");
  });

  it("are refused with a reason that names what was found and why", () => {
    const reasonOf = (changed: Partial<GitContext>) => {
      const decision = tagsFor({ ...context, ...changed });
      return decision.kind === "publish" ? assert.fail() : decision.reason;
    };
    assert.equal(reasonOf({ ref: "refs/heads/dev" }), "refs/heads/dev is neither main nor a release's tag");
    assert.match(
      reasonOf({ ref: "refs/tags/v1.2.3+b.5" }),
      /v1\.2\.3\+b\.5 carries build metadata, "\+b\.5"/,
    );
    assert.match(reasonOf({ event: "pull_request_target" }), /pull_request_target .* a fork's code/);
    assert.equal(reasonOf({ event: "constructor" }), "the event constructor publishes nothing");
  });
});
