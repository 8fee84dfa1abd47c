import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRegistry, type Registry } from "../../clients/registry";
import { unlessNotFound } from "../../clients/registry-error";
import { resolveFleet, type PlatformDeclaration } from "../../core/fleet";
import type { Exception } from "../../core/scan";
import { classifyTag } from "../../core/tags";
import { silentProgress } from "../../sandbox/progress";
import { dispatch, mergeGroup, push, pushOfTag, type RunEvent } from "../../sandbox/workflow/events";
import type { WorkflowResult } from "../../sandbox/workflow/run-workflow";
import { Stage } from "../../sandbox/workflow/stage";
import { loadFleet } from "../../services";
import { startWorld, uploadsSoFar, type World } from "./world";

/**
 * The rendered container-publish.yml, run whole by act: every row of the table of tags that is a workflow's. The
 * scanner is the real one; where an image is to be blocked, something is added to what it found. One file: each test
 * goes on from the tags that the ones before it left, as runs do.
 */
describe("container-publish.yml, run", () => {
  const main = "services/hello-python/src/hello_python/__main__.py";
  const bin = mkdtempSync(join(tmpdir(), "publish-workflow-"));
  let world: World;
  let registry: Registry;
  let stage: Stage;
  /** All of them: one that stays open, as a failed test would leave it, keeps the process from ending. */
  const opened: Stage[] = [];
  before(async () => {
    world = await startWorld({
      files: {
        // One service and platform is enough for what tags tell; the last tests have all.
        "services/defaults.ts": `export const defaults = { platforms: ["linux/amd64" as const] };\n`,
      },
    });
    registry = openRegistry(world.sandbox.registry, { credentials: () => world.sandbox.login });
    stage = await open("hello-python");
  });
  after(async () => {
    await Promise.all(opened.map((each) => each.close()));
    await world.stop();
    rmSync(bin, { recursive: true });
  });
  beforeEach(() => setVerdict("clean"));

  const first = commits();
  it("publishes a push to the default branch as latest and by its commit", async () => {
    await passes(push("main", first()));
    assert.deepEqual(await tags(), { latest: first(), [sha(first())]: first() });
  });

  it("publishes the same commit again as the same image, and uploads no layer and no configuration", async () => {
    const before = await digests("latest");
    const uploads = uploadsSoFar(world);
    assert.ok(uploads > 0, "the log tells of uploads");
    await passes(dispatch("main", first()));
    assert.deepEqual(await digests("latest"), before);
    assert.equal(uploadsSoFar(world), uploads);
  });

  it("gives a release its version and the lines that it heads, and leaves latest", async () => {
    const release = change("1.2.3");
    await passes(pushOfTag("v1.2.3", release));
    const versions = { "1.2.3": release, "1.2": release, "1": release, [sha(release)]: release };
    assert.deepEqual(await tags(), { latest: first(), [sha(first())]: first(), ...versions });
  });

  it("gives a release candidate its version alone", async () => {
    const before = await tags();
    const candidate = change("2.0.0-rc.1");
    await passes(pushOfTag("v2.0.0-rc.1", candidate));
    assert.deepEqual(await tags(), { ...before, "2.0.0-rc.1": candidate, [sha(candidate)]: candidate });
  });

  it("moves 1.2 and 1 to a 1.2.4 that comes after 2.0.0, and nothing else", async () => {
    const next = change("2.0.0");
    await passes(pushOfTag("v2.0.0", next));
    const before = await tags();
    assert.deepEqual([before["2"], before["2.0"]], [next, next]);
    world.git("checkout", "--quiet", "-b", "release/1.2", before["1.2.3"] ?? "");
    const backport = change("1.2.4");
    await passes(pushOfTag("v1.2.4", backport));
    world.git("checkout", "--quiet", "main");
    const moved = { "1.2.4": backport, "1.2": backport, "1": backport, [sha(backport)]: backport };
    assert.deepEqual(await tags(), { ...before, ...moved });
  });

  it("moves nothing back when an older run ends late", async () => {
    const older = change("older");
    const newer = change("newer");
    await passes(push("main", newer));
    assert.equal((await tags())["latest"], newer);
    await passes(push("main", older));
    const after = await tags();
    assert.equal(after["latest"], newer);
    assert.equal(after[sha(older)], older);
  });

  it("publishes a pull request of the repository under its number, and moves it with the next commit", async () => {
    const before = await tags();
    const base = head();
    world.git("checkout", "--quiet", "-b", "feature");
    for (const head of [change("one"), change("two")]) {
      refresh();
      await passes(stage.pullRequest({ number: 12, base, head }));
      assert.deepEqual(await tags(), { ...before, "pr-12": head });
    }
    world.git("checkout", "--quiet", "main");
  });

  it("tells on a pull request which exceptions of what it publishes end, and a fork's nothing", async () => {
    const until = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
    const exception = { id: "CVE-2024-45490", scope: "all", owner: "@albeorla/web", reason: "not reached" };
    const excepting = await open("hello-python", { exceptions: [{ ...exception, until }] });
    const home = `repos/albeorla/ghcr-platform/issues`;
    const { number } = (await (await world.github("POST", home, { title: "A pull request" })).json()) as {
      number: number;
    };
    const base = head();
    world.git("checkout", "--quiet", "-b", "excepting");
    const proposed = change("excepting");
    world.git("checkout", "--quiet", "main");
    const comments = async () =>
      (await (await world.github("GET", `${home}/${number}/comments`)).json()) as { body: string }[];
    for (const fork of [true, false]) {
      excepting.refresh();
      const event = excepting.pullRequest({ number, base, head: proposed, fork });
      const { succeeded, jobs, log } = await excepting.run(event);
      assert.equal(succeeded, true, log);
      assert.equal(jobs.get("exceptions"), fork ? undefined : "success", log);
      const bodies = (await comments()).map(({ body }) => body);
      assert.equal(bodies.length, fork ? 0 : 1);
      if (!fork) assert.match(bodies[0] ?? "", new RegExp(`hello-python.*CVE-2024-45490.*${until}`));
    }
  });

  it("pushes nothing for a fork's pull request and for the merge queue, and still builds, scans and tries them", async () => {
    const [before, uploads] = [await tags(), uploadsSoFar(world)];
    const base = head();
    world.git("checkout", "--quiet", "-b", "stranger");
    const proposed = change("a stranger's");
    world.git("checkout", "--quiet", "main");
    refresh();
    for (const event of [
      stage.pullRequest({ number: 13, base, head: proposed, fork: true }),
      mergeGroup("main", base, proposed),
    ]) {
      const { jobs, log } = await passes(event);
      const ran = [...jobs.keys()].sort();
      assert.deepEqual(ran, ["container-publish", "plan", "verify hello-python linux/amd64"], log);
      assert.match(
        log,
        /answered 200 after .* as user 65532:65532, with a read-only root and no capabilities/,
      );
    }
    assert.deepEqual(await tags(), before);
    assert.equal(uploadsSoFar(world), uploads);
    setVerdict("vulnerable");
    const { succeeded } = await run(mergeGroup("main", base, proposed));
    assert.equal(succeeded, false);
    setVerdict("clean");
    world.git("checkout", "--quiet", "stranger");
    world.write(main, "raise SystemExit('a stranger broke it')\n", { commit: true });
    const broken = head();
    world.git("checkout", "--quiet", "main");
    const tried = await run(mergeGroup("main", base, broken));
    assert.equal(tried.jobs.get("verify hello-python linux/amd64"), "failure", tried.log);
    assert.match(tried.log, /it ended with 1 before it was healthy; it printed:\n.*a stranger broke it/);
    assert.equal(uploadsSoFar(world), uploads);
  });

  it("hands code scanning what was found, of an image that is blocked too, and nothing where nothing was scanned", async () => {
    const reporting = await open("hello-python", { platform: { codeScanning: true } });
    const report = "code scanning hello-python linux/amd64";
    for (const [verdict, scanned, handed] of [
      ["clean", "success", "success"],
      ["vulnerable", "failure", "success"],
      ["broken", "failure", "failure"],
    ] as const) {
      const changed = change(`reported as ${verdict}`);
      reporting.refresh();
      setVerdict(verdict);
      const { jobs, log } = await reporting.run(push("main", changed));
      assert.equal(jobs.get("scan hello-python linux/amd64"), scanned, log);
      assert.equal(jobs.get(report), handed, log);
      assert.equal(jobs.get("container-publish"), verdict === "clean" ? "success" : "failure", log);
      if (handed === "success") assert.match(log, /code scanning: \d+ results of hello-python\/linux\/amd64/);
    }
  });

  it("gives an image that is blocked, or was not scanned, no tag", async () => {
    const before = await tags();
    const vulnerable = change("vulnerable");
    for (const verdict of ["vulnerable", "broken"] as const) {
      setVerdict(verdict);
      const { succeeded, jobs, log } = await run(push("main", vulnerable));
      assert.equal(succeeded, false, log);
      assert.equal(jobs.get("scan hello-python linux/amd64"), "failure");
      assert.equal(jobs.get("container-publish"), "failure");
      assert.ok(![...jobs.keys()].some((job) => /^(test|tag) /.test(job)), [...jobs.keys()].join());
      assert.deepEqual(await tags(), before);
    }
  });

  it("gives an image whose container doesn't start no tag", async () => {
    const before = await tags();
    world.write(main, "raise SystemExit('broken')\n", { commit: true });
    const { succeeded, jobs, log } = await run(push("main", head()));
    assert.equal(succeeded, false);
    assert.equal(jobs.get("test hello-python linux/amd64"), "failure");
    assert.match(log, /it ended with 1 before it was healthy; it printed:\n.*broken/);
    assert.deepEqual(await tags(), before);
    world.git("revert", "--no-edit", "HEAD");
  });

  it("refuses a manual run on another branch", async () => {
    const { succeeded, jobs, log } = await run(dispatch("feature", world.git("rev-parse", "feature").trim()));
    assert.equal(succeeded, false);
    assert.equal(jobs.get("plan"), "failure", log);
    assert.match(log, /publishes from main only/);
    assert.ok(![...jobs.keys()].some((job) => /^(build|index|tag) /.test(job)), [...jobs.keys()].join());
  });

  it("publishes nothing of a commit that touches workflow files alone", async () => {
    const before = await tags();
    const last = head();
    world.write(".github/workflows/container-publish.yml", "name: Other\n", { commit: true });
    const { jobs, log } = await passes(push("main", head(), last));
    assert.deepEqual([...jobs.keys()], ["plan", "container-publish"], log);
    assert.deepEqual(await tags(), before);
  });

  describe("of two services and both platforms", () => {
    let both: Stage;
    before(async () => {
      world.git("checkout", "HEAD~1", "--", "services/defaults.ts");
      both = await open(undefined, { platforms: ["linux/amd64", "linux/arm64"] });
    });

    it("publishes the one whose files changed, with the container of each architecture tried", async () => {
      const last = head();
      world.write("services/todost/src/log.ts", `${readLog()}// A word more.\n`, { commit: true });
      both.refresh();
      const result = await both.run(push("main", head(), last));
      assert.equal(result.succeeded, true, result.log);
      const ran = [...result.jobs.keys()]
        .filter((job) => job !== "plan" && job !== "container-publish")
        .sort();
      assert.deepEqual(ran, [
        "build todost linux/amd64",
        "build todost linux/arm64",
        "index todost",
        "scan todost linux/amd64",
        "scan todost linux/arm64",
        "tag todost",
        "test todost linux/amd64",
        "test todost linux/arm64",
      ]);
      assert.deepEqual(Object.keys(await tags("todost")).sort(), ["latest", sha(head())]);
    });

    it("blocks the image where any one of its platforms is vulnerable", async () => {
      const before = await tags("todost");
      const last = head();
      world.write("services/todost/src/log.ts", `${readLog()}// And one.\n`, { commit: true });
      both.refresh();
      setVerdict("vulnerable on linux/arm64");
      const { succeeded, jobs, log } = await both.run(push("main", head(), last));
      assert.equal(succeeded, false);
      assert.equal(jobs.get("scan todost linux/amd64"), "success", log);
      assert.equal(jobs.get("scan todost linux/arm64"), "failure");
      assert.deepEqual(await tags("todost"), before);
    });
  });

  async function open(
    service?: string,
    more: {
      readonly platforms?: readonly ("linux/amd64" | "linux/arm64")[];
      readonly exceptions?: readonly Exception[];
      readonly platform?: Partial<PlatformDeclaration>;
    } = {},
  ) {
    const { platforms = ["linux/amd64"], exceptions = [], platform = {} } = more;
    const loaded = loadFleet(join(world.program, "services"));
    const fleet = resolveFleet({
      ...loaded,
      platform: { ...loaded.platform, ...platform },
      services: loaded.services.map(({ where, declaration }) => ({
        where,
        declaration: { ...declaration, exceptions },
      })),
      defaults: { platforms },
    });
    const services = fleet.services.filter(({ name }) => service === undefined || name === service);
    const one = await Stage.open({
      root: world.program,
      sandbox: world.sandbox,
      toolchain: world.toolchain,
      progress: silentProgress,
      fleet: { ...fleet, services },
      source: world.program,
      path: [bin],
    });
    opened.push(one);
    return one;
  }

  function run(event: RunEvent): Promise<WorkflowResult> {
    if (event.name !== "pull_request") refresh();
    return stage.run(event);
  }

  async function passes(event: RunEvent): Promise<WorkflowResult> {
    const result = await run(event);
    assert.equal(result.succeeded, true, result.log);
    return result;
  }

  function refresh(): void {
    stage.refresh();
  }

  /** The commit that each tag is of, but for the tags of what is attached to images. */
  async function tags(service = "hello-python"): Promise<Record<string, string>> {
    const repository = `albeorla/${service}`;
    const names = (await unlessNotFound(registry.tags(repository))) ?? [];
    const entries = await Promise.all(
      names
        .filter((name) => classifyTag(name) !== "signature")
        .map(async (name) => {
          const { json } = await registry.manifest(repository, name);
          const { annotations } = json as { annotations: Record<string, string> };
          return [name, annotations["org.opencontainers.image.revision"] ?? ""] as const;
        }),
    );
    return Object.fromEntries(entries);
  }

  /** Of the index and of what it lists. */
  async function digests(tag: string): Promise<readonly string[]> {
    const index = await registry.manifest("albeorla/hello-python", tag);
    const { manifests } = index.json as { manifests: { digest: string }[] };
    return [index.digest, ...manifests.map(({ digest }) => digest)];
  }

  /** A commit of the service that is told from others by a comment. */
  function change(text: string): string {
    const file = "services/hello-python/src/hello_python/__init__.py";
    world.write(file, `"""${text}"""\n`, { commit: true });
    return head();
  }

  function commits(): () => string {
    let commit: string | undefined;
    return () => (commit ??= head());
  }

  function head(): string {
    return world.git("rev-parse", "HEAD").trim();
  }

  function readLog(): string {
    return readFileSync(join(world.program, "services/todost/src/log.ts"), "utf8");
  }

  function sha(commit: string): string {
    return `sha-${commit.slice(0, 7)}`;
  }

  function setVerdict(verdict: "clean" | "vulnerable" | "vulnerable on linux/arm64" | "broken"): void {
    writeFileSync(join(bin, "trivy"), scanner(world.toolchain.bin("trivy"), verdict), { mode: 0o755 });
  }
});

/** The real Trivy, with what it is told to find added to what it found. */
function scanner(trivy: string, verdict: string): string {
  return `#!/bin/bash
[[ " $* " =~ " --platform "([^ ]+) ]] && platform=\${BASH_REMATCH[1]}
[[ " $* " =~ " --output "([^ ]+) ]] && output=\${BASH_REMATCH[1]}
if [ -n "$platform" ] && [ "${verdict}" = broken ]; then echo "broken" >&2; exit 1; fi
"${trivy}" "$@"
code=$?
case "${verdict}" in
  vulnerable | "vulnerable on $platform")
    [ -n "$output" ] || exit "$code"
    jq '.Results[0].Vulnerabilities += [{VulnerabilityID: "CVE-2025-59375", PkgName: "libexpat1",
      InstalledVersion: "2.5.0-1", FixedVersion: "2.5.0-1+deb12u2", Severity: "HIGH"}]' "$output" > "$output.new"
    mv "$output.new" "$output"
    exit 3
    ;;
esac
exit "$code"
`;
}
