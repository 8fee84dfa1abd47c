import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "mocha";
import { tools } from "../core/workflow";
import { terminalProgress } from "../sandbox/progress";
import { ensureDebianPackages } from "../sandbox/toolchain";
import { runStep, type StepRun } from "./workflow-step";
import { renderedFiles } from "./workflow-variants";

const files = renderedFiles();
const publish = files.get("two-services/container-publish.yml") ?? "";
const cli = join(__dirname, "..", "cli");

before(async function () {
  this.timeout("2m");
  // Hosted runners have it.
  await ensureDebianPackages(["jq"], terminalProgress());
});

describe("the plan job's scripts", () => {
  const folder = mkdtempSync(join(tmpdir(), "workflow-plan-"));
  const source = join(folder, "source");
  let first = "";
  let second = "";
  before(() => {
    mkdirSync(source);
    git(source, "init", "--quiet", "--initial-branch=main");
    first = commit(source, { "services/hello-python/a": "1", "services/todost/a": "1" });
    second = commit(source, { "services/todost/a": "2" });
  });
  after(() => rmSync(folder, { recursive: true }));

  it("publish what a push to the default branch changed, as latest and by its commit", () => {
    const run = plan({ EVENT: "push", REF: "refs/heads/main", SINCE: first });
    assert.equal(run.outputs["mode"], "publish");
    assert.deepEqual(
      matrix(run, "builds").map(({ service, platform, runner }) => `${service} ${platform} ${runner}`),
      ["todost linux/amd64 ubuntu-24.04", "todost linux/arm64 ubuntu-24.04-arm"],
    );
    assert.deepEqual(
      matrix(run, "images").map(({ image, tags }) => [image, tags]),
      [["ghcr.io/albeorla/todost", `latest,sha-${second.slice(0, 7)}`]],
    );
    assert.match(run.log, /hello-python: unchanged/);
  });

  it("publish every service of a release", () => {
    const none = "0".repeat(40);
    const run = plan({ EVENT: "push", REF: "refs/tags/v1.2.3", SINCE: none });
    assert.deepEqual(
      matrix(run, "images").map(({ service, tags }) => [service, tags]),
      ["hello-python", "todost"].map((name) => [name, `1.2.3,1.2,1,sha-${second.slice(0, 7)}`]),
    );
  });

  it("publish a pull request of the repository under its number", () => {
    const run = plan({ ...pullRequest("albeorla/ghcr-platform"), SINCE: first });
    assert.equal(run.outputs["mode"], "publish");
    assert.equal(matrix(run, "images")[0]?.["tags"], "pr-12");
  });

  it("only verify a fork's pull request and what is in the merge queue", () => {
    const queue = { EVENT: "merge_group", REF: "refs/heads/gh-readonly-queue/main/pr-12-abc" };
    for (const event of [pullRequest("stranger/ghcr-platform"), queue]) {
      const run = plan({ ...event, SINCE: first });
      assert.equal(run.outputs["mode"], "verify");
      assert.deepEqual(matrix(run, "images"), []);
      assert.equal(matrix(run, "builds").length, 2);
    }
  });

  it("do nothing where no service changed", () => {
    assert.equal(plan({ EVENT: "push", REF: "refs/heads/main", SINCE: second }).outputs["mode"], "nothing");
  });

  it("stop, with the reason, at a manual run on another branch", () => {
    const run = step("Tags", { EVENT: "workflow_dispatch", REF: "refs/heads/feature" });
    assert.notEqual(run.status, 0);
    assert.match(run.log, /publishes from main only/);
  });

  /** Both steps, the second with what the first gave it. */
  function plan(env: Readonly<Record<string, string>>): StepRun {
    const tags = step("Tags", env);
    assert.equal(tags.status, 0, tags.log);
    const services = step("Services", { ...env, DECISION: tags.outputs["decision"] ?? "" });
    assert.equal(services.status, 0, services.log);
    return services;
  }

  function step(name: string, env: Readonly<Record<string, string>>): StepRun {
    const absent = { PULL_REQUEST: "", HEAD_REPOSITORY: "", ACTION: "", SINCE: "" };
    const common = {
      REPOSITORY: "albeorla/ghcr-platform",
      SOURCE: "https://github.com/albeorla/ghcr-platform",
    };
    return runStep({
      workflow: publish,
      job: "plan",
      step: name,
      folder,
      path: [cli],
      env: { ...absent, ...common, SHA: second, ...env },
    });
  }

  function pullRequest(headRepository: string) {
    return {
      EVENT: "pull_request",
      REF: "refs/pull/12/merge",
      PULL_REQUEST: "12",
      HEAD_REPOSITORY: headRepository,
      ACTION: "opened",
    };
  }

  function matrix(run: StepRun, name: string): readonly Readonly<Record<string, string>>[] {
    return JSON.parse(run.outputs[name] ?? "") as Record<string, string>[];
  }
}).timeout(60_000);

describe("the scan's script", () => {
  const folder = mkdtempSync(join(tmpdir(), "workflow-scan-"));
  const bin = join(folder, "bin");
  before(() => write(folder, "index/digest", `sha256:${"a".repeat(64)}\n`));
  after(() => rmSync(folder, { recursive: true }));

  it("asks the gate for one platform of the index, with reports and the job's summary", () => {
    const run = scan("scan", 0, { IMAGE: "ghcr.io/albeorla/todost", GHCR_USERNAME: "ada", GHCR_TOKEN: "t" });
    assert.equal(run.status, 0, run.log);
    assert.match(run.log, /image scan --input -/);
    assert.deepEqual(JSON.parse(readFileSync(join(folder, "asked"), "utf8")), {
      platforms: ["linux/arm64"],
      image: `ghcr.io/albeorla/todost@sha256:${"a".repeat(64)}`,
      reports: "reports",
      summary: join(folder, ".runner", "summary"),
    });
  });

  it("asks for the layout of what a fork's pull request built", () => {
    assert.equal(scan("verify", 0, {}).status, 0);
    const asked = JSON.parse(readFileSync(join(folder, "asked"), "utf8")) as { inputLayout: string };
    assert.match(asked.inputLayout, /\/image$/);
  });

  it("is followed by the container's test, of the same layout or of the image in the registry", () => {
    // As root it is called as it is, else by sudo.
    write(bin, "sudo", '#!/bin/sh\nshift\nexec "$@"\n', 0o755);
    write(bin, "ghcr", `#!/bin/sh\necho "$@"\ncat > "${join(folder, "tried")}"\nexit 1\n`, 0o755);
    const TEST = JSON.stringify({ platform: "linux/arm64", path: "/ready" });
    const tried = (job: string, env: Readonly<Record<string, string>>) => {
      const step = "Test the container";
      const run = runStep({ workflow: publish, job, step, folder, path: [bin], env: { TEST, ...env } });
      assert.equal(run.status, 1, run.log);
      assert.match(run.log, /image test --input -/);
      return JSON.parse(readFileSync(join(folder, "tried"), "utf8")) as Record<string, string>;
    };
    const layout = join(folder, ".runner", "image");
    assert.deepEqual(tried("verify", {}), { platform: "linux/arm64", path: "/ready", inputLayout: layout });
    const image = tried("test", { IMAGE: "ghcr.io/albeorla/todost", GHCR_USERNAME: "a", GHCR_TOKEN: "t" });
    assert.match(image["image"] ?? "", /^ghcr\.io\/albeorla\/todost@sha256:a/);
  });

  it("ends as the gate does", () => {
    for (const status of [1, 2, 3]) {
      assert.equal(scan("scan", status, { IMAGE: "i", GHCR_USERNAME: "a", GHCR_TOKEN: "t" }).status, status);
    }
  });

  it("is followed by a result and an SBOM for each platform, which the tag job keeps with the image", () => {
    for (const slug of ["linux-amd64", "linux-arm64"]) {
      write(folder, `results/gate-result.${slug}.json`, "{}");
      write(folder, `results/${slug}.spdx.json`, "{}");
      write(folder, `results/${slug}.json`, "{}");
    }
    write(bin, "ghcr", "#!/bin/sh\nprintf '%s\\n' \"$@\"\n", 0o755);
    const env = { IMAGE: "ghcr.io/albeorla/todost", GHCR_USERNAME: "a", GHCR_TOKEN: "t" };
    const provenance = { buildType: "https://example.com/$(id) 'quoted' %s" };
    const kept = runStep({
      ...{ workflow: publish, job: "tag", step: "Attach the evidence and verify it", folder, path: [bin] },
      env: { ...env, PROVENANCE: JSON.stringify(provenance), SIGN: "keyless" },
    });
    assert.deepEqual(kept.log.trim().split("\n"), [
      ...["image", "attest", "--image", `ghcr.io/albeorla/todost@sha256:${"a".repeat(64)}`],
      ...["--provenance", "provenance.json", "--sign", "keyless", "--gate-result"],
      "results/gate-result.linux-amd64.json,results/gate-result.linux-arm64.json",
      ...["--sbom", "results/linux-amd64.spdx.json,results/linux-arm64.spdx.json"],
    ]);
    assert.deepEqual(JSON.parse(readFileSync(join(folder, "provenance.json"), "utf8")), provenance);
  });

  it("takes no cosign but the pinned one, and none where nothing is signed", () => {
    const installed = (SIGN: string) =>
      runStep({ workflow: publish, job: "tag", step: "Install cosign", folder, path: [bin], env: { SIGN } });
    write(bin, "cosign", "#!/bin/sh\necho 'GitVersion:    v3.0.0'\n", 0o755);
    // Whatever is asked for, this is what is downloaded.
    write(bin, "curl", "#!/bin/sh\necho replaced > cosign\n", 0o755);
    assert.match(installed("none").log, /nothing is signed here/);
    const replaced = installed("keyless");
    assert.notEqual(replaced.status, 0);
    assert.match(replaced.log, /cosign: FAILED/);
    write(bin, "cosign", `#!/bin/sh\necho 'GitVersion:    v${tools.cosign.version}'\n`, 0o755);
    assert.match(installed("keyless").log, /is on this runner/);
  });

  function scan(job: string, status: number, env: Readonly<Record<string, string>>): StepRun {
    write(bin, "ghcr", `#!/bin/sh\necho "$@"\ncat > ${folder}/asked\nexit ${status}\n`, 0o755);
    const request = JSON.stringify({ platforms: ["linux/arm64"] });
    return runStep({
      workflow: publish,
      job,
      step: "Scan",
      folder,
      path: [bin],
      env: { SCAN: request, ...env },
    });
  }
});

describe("the script that tells of exceptions that end", () => {
  const folder = mkdtempSync(join(tmpdir(), "workflow-exceptions-"));
  after(() => rmSync(folder, { recursive: true }));

  it("asks about the services alone that the pull request publishes", () => {
    const workflow = files.get("exceptions/container-publish.yml") ?? "";
    write(folder, "bin/ghcr", `#!/bin/sh\necho "$@"\ncat > ${folder}/asked\n`, 0o755);
    const asked = (...services: readonly string[]) => {
      const IMAGES = JSON.stringify(services.map((service) => ({ service, image: "i" })));
      const env = { IMAGES, PULL_REQUEST: "12", GITHUB_TOKEN: "t" };
      const path = [join(folder, "bin")];
      const run = runStep({ workflow, job: "exceptions", step: "Comment", folder, path, env });
      assert.equal(run.status, 0, run.log);
      assert.match(run.log, /^exceptions --pull-request 12 --input -$/m);
      const { services: given } = JSON.parse(readFileSync(join(folder, "asked"), "utf8")) as {
        services: { name: string; exceptions: { id: string }[] }[];
      };
      return given.map(({ name, exceptions }) => [name, ...exceptions.map(({ id }) => id)]);
    };
    assert.deepEqual(asked("todost", "hello-python"), [["hello-python", "CVE-2024-45490"]]);
    assert.deepEqual(asked("todost"), []);
    assert.deepEqual(asked(), []);
  });
});

describe("the scripts that apply a stack", () => {
  const up = files.get("automated/pulumi-up.yml") ?? "";
  const folder = mkdtempSync(join(tmpdir(), "workflow-up-"));
  const source = join(folder, "source");
  const results = join(folder, "results");
  let commits: readonly string[] = [];
  before(() => {
    mkdirSync(source);
    git(source, "init", "--quiet", "--initial-branch=main");
    commits = ["1", "2", "3"].map((content) => commit(source, { a: content }));
    write(folder, "bin/ghcr", '#!/bin/sh\nprintf "%s\\n" "$@"\n', 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));

  it("find every commit since the last run that succeeded, else the one that started the run", () => {
    const [first = "", second = "", third = ""] = commits;
    assert.deepEqual(found(first), [third, second]);
    assert.deepEqual(found(third), [third]);
    assert.deepEqual(found(""), [third]);
    assert.deepEqual(found("0".repeat(40)), [third]);
  });

  it("hand each of them to the guard, and what was accepted as one argument", () => {
    found(commits[0] ?? "");
    const accept = "urn:pulumi:prod::p::t::a b;$(c)";
    const { log } = runStep({
      workflow: up,
      job: "up",
      step: "Stop at what was not shown",
      folder,
      path: [join(folder, "bin")],
      env: { RESULTS: results, ACCEPT: accept, GITHUB_TOKEN: "t" },
    });
    const [third = "", second = ""] = [...commits].reverse();
    assert.deepEqual(log.trim().split("\n"), [
      ...["preview", "guard", "--event-log", `prod=${join(results, "preview.jsonl")}`],
      ...["--commit", third, "--commit", second, "--accept", accept],
    ]);
  });

  function found(last: string): readonly string[] {
    rmSync(results, { recursive: true, force: true });
    write(folder, "bin/gh", `#!/bin/sh\necho "${last}"\n`, 0o755);
    const run = runStep({
      workflow: up,
      job: "up",
      step: "Find what is applied",
      folder,
      cwd: source,
      path: [join(folder, "bin")],
      env: { RESULTS: results, GH_TOKEN: "t" },
    });
    assert.equal(run.status, 0, run.log);
    return run.log
      .trim()
      .split("\n")
      .filter((line) => /^[0-9a-f]{40}$/.test(line));
  }
});

function git(folder: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
  return execFileSync("git", ["-C", folder, ...identity, ...args], { encoding: "utf8" }).trim();
}

function commit(folder: string, contents: Readonly<Record<string, string>>): string {
  for (const [path, content] of Object.entries(contents)) write(folder, path, content);
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "--message", "A test's");
  return git(folder, "rev-parse", "HEAD");
}

function write(folder: string, path: string, content: string, mode = 0o644): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
}

describe("the promotion's scripts", () => {
  const promote = files.get("promoted-services/promote.yml") ?? "";
  const folder = mkdtempSync(join(tmpdir(), "workflow-promote-"));
  after(() => rmSync(folder, { recursive: true }));

  it("fail where the service has no such environment, whatever its name holds", () => {
    const known = (SERVICE: string, ENVIRONMENT: string) =>
      runStep({
        ...{ workflow: promote, job: "known", step: "The service has this environment", folder },
        env: { SERVICE, ENVIRONMENT },
      });
    assert.equal(known("todost", "eu.west").status, 0);
    for (const [service, environment] of [
      ["todost", "staging"],
      ["nobody", "production"],
      ["todost", '$(touch "$HOME")"'],
    ] as const) {
      const { status, log } = known(service, environment);
      assert.equal(status, 1);
      assert.ok(log.includes(`::error::${service} has no environment ${environment}`), log);
    }
  });

  it("hand every input to the command as it was given", () => {
    writeFileSync(join(folder, "ghcr"), '#!/bin/sh\nprintf "%s\\n" "$@"\ncat\n', { mode: 0o755 });
    const promoted = (env: Record<string, string>) => {
      const secrets = { GHCR_USERNAME: "ann", GHCR_TOKEN: "token", GITHUB_TOKEN: "token" };
      const { log } = runStep({
        ...{ workflow: promote, job: "promote-todost-eu_west", step: "Promote", folder, path: [folder] },
        env: { ...secrets, DIGEST: "", EXPECT: "", ROLLBACK: "", ...env },
      });
      return log.trim().split("\n");
    };
    const image = ["promote", "ghcr.io/albeorla/todost", "--rules", "-", "--scan-again", "--to", "eu.west"];
    const reason = '--digest=$(id) "; `id`';
    const given = promoted({ REASON: reason });
    // On standard input.
    const rules = given.pop() ?? "";
    assert.match(rules, /^\{"environments":\[\{"name":"development","githubName":"todost-development"/);
    assert.deepEqual(given, [
      ...[...image, "--digest=", "--expect=", `--reason=${reason}`, "--git", "history"],
    ]);
    const back = promoted({ REASON: "slow", ROLLBACK: "--rollback", EXPECT: "sha256:a" });
    assert.deepEqual(back.slice(-6, -1), [
      "--expect=sha256:a",
      "--reason=slow",
      "--rollback",
      "--git",
      "history",
    ]);
  });

  it("hand a release's tag to the command as it was given, and install no scanner for a rollback", () => {
    writeFileSync(join(folder, "ghcr"), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const tag = "v1.2.3-`id`$(id)";
    const { log } = runStep({
      ...{ workflow: promote, job: "release-hello-python-staging", step: "Promote", folder, path: [folder] },
      env: { GHCR_USERNAME: "ann", GHCR_TOKEN: "token", GITHUB_TOKEN: "token", RELEASE: tag },
    });
    assert.deepEqual(log.trim().split("\n").slice(5), [
      ...[
        "--to",
        "staging",
        `--release=${tag}`,
        "--wait",
        "60",
        `--reason=release ${tag}`,
        "--git",
        "history",
      ],
    ]);
    const skipped = runStep({
      ...{
        workflow: promote,
        job: "promote-todost-production",
        step: "Install Trivy",
        folder,
        path: [folder],
      },
      env: { SKIP: "--rollback" },
    });
    assert.deepEqual([skipped.status, skipped.log.trim()], [0, "not for --rollback"]);
  });
});
