import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { attachGateResult } from "../../clients/gate-results";
import type { Registry } from "../../clients/registry";
import { resolveFleet, type PlatformDeclaration, type ServiceDeclaration } from "../../core/fleet";
import type { Digest, ImageReference } from "../../core/names";
import type { GateResult } from "../../core/scan";
import { GhcrTrial } from "../../sandbox/ghcr/trial";
import { silentProgress } from "../../sandbox/progress";
import type { Toolchain } from "../../sandbox/toolchain";
import { publishVulnerabilityDatabase } from "../../sandbox/vulnerability-db";
import { dispatch, releaseOf, schedule, type RunEvent } from "../../sandbox/workflow/events";
import type { WorkflowResult } from "../../sandbox/workflow/run-workflow";
import { Stage } from "../../sandbox/workflow/stage";
import { debianFiles, pushTinyImage } from "./tiny-images";
import { testToolchain } from "./world";

const execute = promisify(execFile);
const checkout = join(__dirname, "..", "..");
const day = 86_400_000;

/** As bookworm's main archive has it, and as its security archive does: facts.json says what lies between. */
const vulnerable = "2.5.0-1+deb12u2";
const mended = "2.5.0-1+deb12u5";

const bot = "github-actions[bot]";
const token = `bot-${process.pid}-${Math.random().toString(36).slice(2)}`;

const refs = { branches: ["main"], tags: ["v*"] };
const todost: ServiceDeclaration = {
  name: "todost",
  environments: { staging: { refs }, production: { refs } },
  promotion: { onRelease: "production" },
};

/**
 * The rendered promote.yml, rescan.yml and container-retention.yml, run whole by act against a registry as ghcr.io, a
 * GitHub, and the real Trivy with its database of facts. Not emulated: permissions, concurrency, and that a job waits
 * for its environment's reviewers.
 */
describe("a rendered workflow, run", () => {
  const trial = new GhcrTrial();
  const folder = mkdtempSync(join(tmpdir(), "operations-"));
  const source = join(folder, "source");
  const stages: Stage[] = [];
  let daysAgo = 0;
  let toolchain: Toolchain;
  let database: string;
  let registry: Registry;
  let commit: string;
  before(async () => {
    toolchain = await testToolchain();
    await trial.start({
      seed: {
        owners: [{ login: "acme", type: "Organization", members: { [bot]: "admin" } }],
        users: [{ login: bot }],
        tokens: [{ token, login: bot, scopes: ["repo", "write:packages", "delete:packages"] }],
      },
      clock: () => new Date(Date.now() - daysAgo * day),
    });
    registry = trial.as(token);
    const maker = toolchain.bin("vulnerability-db");
    database = await publishVulnerabilityDatabase({ registry: trial.registryHost, maker });
    await trial.octokit(token).repos.createInOrg({ org: "acme", name: "ghcr-platform" });
    mkdirSync(join(source, "services/todost"), { recursive: true });
    await git("init", "--quiet", "--initial-branch=main");
    commit = await committed({ "services/todost/a": "1" });
  });
  after(async () => {
    for (const stage of stages) await stage.close();
    await trial.end();
    rmSync(folder, { recursive: true });
  });

  describe("promote.yml", () => {
    let stage: Stage;
    let first: Digest;
    let second: Digest;
    before(async () => (stage = await open([todost])));

    it("moves a release through every stage, to the very image of its version", async () => {
      first = await publish("todost", "1.2.3");
      const { jobs } = await passes(releaseOf("v1.2.3", commit));
      assert.deepEqual([...jobs.keys()], ["release todost to staging", "release todost to production"]);
      const built = await registry.manifest("acme/todost", "1.2.3");
      for (const environment of ["staging", "production"]) {
        const { bytes } = await registry.manifest("acme/todost", environment);
        assert.deepEqual(Buffer.from(bytes), Buffer.from(built.bytes));
      }
      assert.equal(built.digest, first);
      const { data } = await trial
        .octokit(token)
        .repos.listDeployments({ owner: "acme", repo: "ghcr-platform" });
      assert.deepEqual(
        data.map(({ environment, sha, task }) => [environment, sha, task]),
        ["todost-production", "todost-staging"].map((environment) => [environment, commit, "promote"]),
      );
    });

    it("moves a pre-release to the first stage only, and nothing for another tag", async () => {
      const candidate = await publish("todost", "2.0.0-rc.1");
      const { jobs } = await passes(releaseOf("v2.0.0-rc.1", commit));
      assert.deepEqual([...jobs.keys()], ["release todost to staging"]);
      assert.deepEqual(await runs(), { staging: candidate, production: first });
      const { jobs: none } = await passes(releaseOf("platform-v1.4.0", commit));
      assert.deepEqual([...none.keys()], []);
    });

    it("takes no environment back for a release that is lower than what it runs", async () => {
      const before = await runs();
      await publish("todost", "1.2.4");
      const { jobs, log } = await run(stage, releaseOf("v1.2.4", commit), "promote.yml");
      assert.equal(jobs.get("release todost to staging"), "success", log);
      assert.match(log, /staging runs 2\.0\.0-rc\.1 .* a release of 1\.2\.4 doesn't take it back/);
      // What staging has not run, production doesn't either: a person decides.
      assert.equal(jobs.get("release todost to production"), "failure");
      assert.match(log, /has not run in staging/);
      assert.deepEqual(await runs(), before);
    });

    it("moves one environment by hand, then the next to what that runs, and rolls it back", async () => {
      second = await publish("todost", "2.0.0");
      await passes(asked({ environment: "staging", digest: second }));
      const { jobs, log, summaries } = await passes(asked({ environment: "production", expect: first }));
      assert.deepEqual([...jobs.keys()], ["known", "promote todost to production"]);
      assert.match(log, /todost:production moved from/);
      assert.match(summaries.join("\n"), /production +sha256:[0-9a-f]{12} .* github-actions\[bot\] /);
      assert.deepEqual(await runs(), { staging: second, production: second });
      const back = await passes(asked({ environment: "production", rollback: "true", expect: second }));
      assert.match(back.log, /not for --rollback/);
      assert.deepEqual(await runs(), { staging: second, production: first });
    });

    it("refuses what skipped a stage, and an environment that the service hasn't", async () => {
      const stranger = await publish("todost", "2.1.0");
      const before = await runs();
      const skipped = await run(stage, asked({ environment: "production", digest: stranger }), "promote.yml");
      assert.equal(skipped.jobs.get("promote todost to production"), "failure");
      assert.match(skipped.log, /has not run in staging/);
      const unknown = await run(stage, asked({ environment: "live" }), "promote.yml");
      assert.deepEqual([...unknown.jobs], [["known", "failure"]]);
      assert.deepEqual(await runs(), before);
    });

    it("scans an image again whose scan is too old, and moves only what passes", async () => {
      const old = await publish("todost", "2.2.0", { scannedDaysAgo: 8 });
      const { log } = await passes(asked({ environment: "staging", digest: old }));
      assert.match(log, /its scan counts no more, scanning it again/);
      const results = (await registry.referrers("acme/todost", old)).filter(({ artifactType }) =>
        artifactType?.includes("gate-result"),
      );
      assert.equal(results.length, 2);
      const bad = await publish("todost", "2.3.0", { scannedDaysAgo: 8, expat: vulnerable });
      const blocked = await run(stage, asked({ environment: "staging", digest: bad }), "promote.yml");
      assert.equal(blocked.jobs.get("promote todost to staging"), "failure");
      assert.match(blocked.log, /scanned again, the gate blocks it[^]*CVE-2024-28757/);
      assert.equal((await runs())["staging"], old);
      const exceptions = ["CVE-2024-28757", "CVE-2025-59375"].map((id) => ({
        ...{ id, scope: "pkg:deb/debian/libexpat1", owner: "@acme/web", reason: "every document is our own" },
        until: new Date(Date.now() + 30 * day).toISOString().slice(0, 10),
      }));
      const excepting = await open([{ ...todost, exceptions }]);
      const let_ = await run(excepting, asked({ environment: "staging", digest: bad }), "promote.yml");
      assert.equal(let_.succeeded, true, let_.log);
      assert.equal((await runs())["staging"], bad);
    });

    async function runs(): Promise<Record<string, Digest | undefined>> {
      const of = async (environment: string) =>
        [environment, (await registry.resolve("acme/todost", environment))?.digest] as const;
      return Object.fromEntries([await of("staging"), await of("production")]);
    }

    async function passes(event: RunEvent): Promise<WorkflowResult> {
      const result = await run(stage, event, "promote.yml");
      assert.equal(result.succeeded, true, result.log);
      return result;
    }
  });

  describe("rescan.yml", () => {
    let stage: Stage;
    before(async () => {
      const environments = { production: { refs } };
      stage = await open([
        { name: "shop", environments },
        { name: "pager", environments },
      ]);
    });

    it("opens one issue, leaves it alone, updates it and closes it, by what production runs", async () => {
      await production("shop", vulnerable);
      await production("pager", mended);
      const opened = await passes();
      assert.match(opened.log, /created the issue/);
      const [issue, ...others] = await issues();
      assert.ok(issue !== undefined && others.length === 0);
      assert.deepEqual([issue.state, issue.user?.login], ["open", bot]);
      assert.match(issue.body ?? "", /`shop`[^]*CVE-2024-28757/);
      assert.ok(!issue.body?.includes("`pager`"));

      assert.match((await passes()).log, /the issue says so already/);
      assert.equal((await issues())[0]?.updated_at, issue.updated_at);

      await production("pager", vulnerable);
      assert.match((await passes()).log, /updated the issue/);
      assert.match((await issues())[0]?.body ?? "", /`pager`/);

      for (const service of ["shop", "pager"]) await production(service, mended);
      assert.match((await passes()).log, /closed the issue/);
      const after = await issues();
      assert.deepEqual(
        after.map(({ number, state }) => [number, state]),
        [[issue.number, "closed"]],
      );
    });

    async function production(service: string, expat: string): Promise<void> {
      const digest = await publish(service, `1.0.${count()}`, { expat });
      const { bytes, mediaType } = await registry.manifest(`acme/${service}`, digest);
      await registry.putManifest(`acme/${service}`, "production", bytes, mediaType);
    }

    async function passes(): Promise<WorkflowResult> {
      const result = await run(stage, schedule("main", commit), "rescan.yml");
      assert.equal(result.succeeded, true, result.log);
      return result;
    }

    async function issues() {
      return (
        await trial.octokit(token).issues.listForRepo({ owner: "acme", repo: "ghcr-platform", state: "all" })
      ).data;
    }
  });

  describe("container-retention.yml", () => {
    let stage: Stage;
    before(async () => {
      stage = await open([{ name: "worker" }], { retentionApprovers: { users: [1] } });
      // The first pushes lie far enough back for what no rule keeps to go.
      daysAgo = 60;
      for (const tag of ["1.0.0", "1.1.0", "1.2.0", "dev-ann-0000001"]) await publish("worker", tag);
      daysAgo = 0;
    });

    it("plans by hand and deletes nothing", async () => {
      const before = await tags();
      const { jobs, summaries } = await passes(dispatch("main", commit, { mode: "plan" }));
      assert.deepEqual([...jobs.keys()], ["plan worker", "sort"]);
      assert.match(summaries.join("\n"), /dev-ann-0000001/);
      assert.deepEqual(await tags(), before);
    });

    it("applies a plan that is within its brake, the very one that was uploaded", async () => {
      const { jobs, summaries } = await passes(schedule("main", commit));
      assert.deepEqual([...jobs.keys()], ["plan worker", "sort", "apply worker"]);
      assert.match(summaries.join("\n"), /### worker\n\n```\n\d+ deleted/);
      assert.deepEqual(await tags(), ["1.0.0", "1.1.0", "1.2.0"]);
    });

    it("applies a plan above its brake in the approvers' environment", async () => {
      daysAgo = 60;
      for (let each = 2; each < 9; each += 1) await publish("worker", `dev-ann-000000${each}`);
      daysAgo = 0;
      const { jobs, log } = await passes(dispatch("main", commit, { mode: "apply" }));
      assert.deepEqual([...jobs.keys()], ["plan worker", "sort", "apply approved worker"], log);
      assert.deepEqual(await tags(), ["1.0.0", "1.1.0", "1.2.0"]);
    });

    async function passes(event: RunEvent): Promise<WorkflowResult> {
      const result = await run(stage, event, "container-retention.yml");
      assert.equal(result.succeeded, true, result.log);
      return result;
    }

    async function tags(): Promise<readonly string[]> {
      return (await registry.tags("acme/worker")).filter((tag) => !tag.startsWith("sha256-")).sort();
    }
  });

  let counted = 0;
  function count(): number {
    return (counted += 1);
  }

  /** Its workflows, with a repository whose commits GitHub knows. */
  async function open(
    services: readonly ServiceDeclaration[],
    more: Partial<PlatformDeclaration> = {},
  ): Promise<Stage> {
    const stage = await Stage.open({
      root: checkout,
      toolchain,
      progress: silentProgress,
      sandbox: {
        owner: { login: "acme", type: "Organization" },
        github: { url: `${trial.github.url}/`, token },
        registry: trial.host,
        baseImages: { python: "", node: "" },
        vulnerabilityDatabase: database,
        login: { username: bot },
      },
      fleet: resolveFleet({
        platform: { name: "ghcr-platform", ...more },
        services: services.map((declaration) => ({ where: `${declaration.name}/service.ts`, declaration })),
      }),
      source,
      path: [dirname(toolchain.bin("trivy"))],
    });
    stages.push(stage);
    return stage;
  }

  function run(stage: Stage, event: RunEvent, file: string): Promise<WorkflowResult> {
    return stage.run(event, file);
  }

  function asked(inputs: Readonly<Record<string, string>>): RunEvent {
    const common = { service: "todost", digest: "", expect: "", reason: "week 48", rollback: "false" };
    return dispatch("main", commit, { ...common, ...inputs });
  }

  /** What the publishing workflow leaves: both platforms under a version's tag, with the gate's result. */
  async function publish(
    service: string,
    tag: string,
    {
      expat = mended,
      scannedDaysAgo = 0,
    }: { readonly expat?: string; readonly scannedDaysAgo?: number } = {},
  ): Promise<Digest> {
    const repository = `acme/${service}`;
    const platforms = ["amd64", "arm64"].map((architecture) => ({
      architecture,
      files: { ...debianFiles(architecture, { "expat/libexpat1": expat }), salt: tag },
    }));
    const prefix = "org.opencontainers.image";
    const annotations = { [`${prefix}.revision`]: commit, [`${prefix}.version`]: tag };
    const digest = await pushTinyImage(registry, repository, platforms, annotations);
    const { bytes, mediaType } = await registry.manifest(repository, digest);
    await registry.putManifest(repository, tag, bytes, mediaType);
    const reference = { name: `${trial.host}/${repository}`, registry: trial.host, repository, digest };
    const at = new Date(Date.now() - scannedDaysAgo * day).toISOString();
    await attachGateResult(registry, reference as ImageReference & { digest: Digest }, [
      gateResult(reference.name, digest, at),
    ]);
    return digest;
  }

  function gateResult(image: string, digest: Digest, at: string): GateResult {
    const none = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
    return {
      ...{ image, digest, verdict: "passed", at, exceptions: [] },
      scanner: { name: "trivy", version: "0.74.0", database: { reference: database, updatedAt: at } },
      platforms: ["linux/amd64", "linux/arm64"].map((platform) => ({
        ...{ platform, digest, packages: 1, excepted: 0, findings: none, fixable: none, blocks: [] },
      })),
    };
  }

  async function committed(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(source, path)), { recursive: true });
      writeFileSync(join(source, path), content);
    }
    await git("add", "-A");
    await git(
      "-c",
      "user.name=Test",
      "-c",
      "user.email=engineer@example.org",
      "commit",
      "--quiet",
      "-m",
      "A change",
    );
    const remote = `${trial.github.url.replace("//", `//x-access-token:${token}@`)}/acme/ghcr-platform.git`;
    await git("push", "--quiet", remote, "HEAD:refs/heads/main");
    return (await git("rev-parse", "HEAD")).trim();
  }

  /** Not waited for in place: GitHub's stand-in answers in this very process. */
  async function git(...args: readonly string[]): Promise<string> {
    mkdirSync(source, { recursive: true });
    return (await execute("git", ["-C", source, ...args])).stdout;
  }
});
