import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { openRegistry, type Registry } from "../../clients/registry";
import { githubIssuer, workflowSigner, type BuildDefinition, type EvidenceRow } from "../../core/evidence";
import { resolveFleet, type Fleet } from "../../core/fleet";
import type { Digest } from "../../core/names";
import { silentProgress } from "../../sandbox/progress";
import { ghcrEnvironment } from "../../sandbox/registry-login";
import { run } from "../../sandbox/run";
import { ensureDebianPackages, resolveToolchain } from "../../sandbox/toolchain";
import { dispatch, push, pushOfTag, type RunEvent } from "../../sandbox/workflow/events";
import { serverOf } from "../../sandbox/workflow/run-workflow";
import { Stage } from "../../sandbox/workflow/stage";
import { loadFleet } from "../../services";
import { ensureSigningKey } from "./signing-key";
import { startWorld, uploadsSoFar, type World } from "./world";

/**
 * What the rendered container-publish.yml attaches to an image, run whole by act, with the real Trivy and cosign. The
 * workflow signs by its identity; GitHub's tokens for it, and Sigstore, have a stand-in.
 */
/** All that an image carries that was signed by whoever is trusted. */
const signedAndWhole = [
  "gate index present",
  "sbom linux/amd64 verified",
  "sbom linux/arm64 verified",
  "provenance index verified",
  "signature index verified",
];

describe("the evidence of what container-publish.yml publishes", () => {
  const repository = "albeorla/hello-python";
  const folder = mkdtempSync(join(tmpdir(), "evidence-"));
  let world: World;
  let registry: Registry;
  let stage: Stage;
  let programs: string;
  let image: string;
  before(async () => {
    world = await startWorld();
    await ensureDebianPackages(["jq", "skopeo"], silentProgress);
    registry = openRegistry(world.sandbox.registry, { credentials: () => world.sandbox.login });
    const fleet = fleetOf("hello-python");
    stage = await Stage.open({
      ...{
        root: world.program,
        sandbox: world.sandbox,
        toolchain: world.toolchain,
        progress: silentProgress,
      },
      fleet,
      source: world.program,
    });
    const tools = await resolveToolchain({ root: world.program, progress: silentProgress, also: ["cosign"] });
    programs = dirname(tools.bin("cosign"));
    const { summaries } = await passes(push("main", head()));
    image = /`(\S+@sha256:[0-9a-f]{64})`/.exec(summaries.join("\n"))?.[1] ?? assert.fail(summaries.join());
  });
  after(async () => {
    await stage.close();
    await world.stop();
    rmSync(folder, { recursive: true });
  });

  it("is whole: gate's result, an SBOM of each platform, signed provenance, and a signature", async () => {
    const { evidence } = await verified();
    assert.deepEqual(
      evidence.map(({ kind, of, state }) => `${kind} ${of} ${state}`),
      signedAndWhole,
    );
  });

  it("says in the provenance which commit and which base image it was built from", async () => {
    const { resolvedDependencies = [], externalParameters } = await provenance();
    const [source, base] = resolvedDependencies;
    assert.deepEqual(source?.digest, { gitCommit: head() });
    assert.match(source?.uri ?? "", /^git\+http:.*\/albeorla\/ghcr-platform@refs\/heads\/main$/);
    const [, digest] = world.sandbox.baseImages.python?.split("@sha256:") ?? [];
    assert.deepEqual(base?.digest, { sha256: digest });
    assert.deepEqual(externalParameters["platforms"], ["linux/amd64", "linux/arm64"]);
  });

  it("has SBOMs that name the packages that the image holds, each of its own platform", async () => {
    const { manifests } = (await registry.manifest(repository, digestOf(image))).json as {
      manifests: { digest: Digest; platform: { architecture: string } }[];
    };
    for (const { digest, platform } of manifests) {
      const [referrer, ...others] = await registry.referrers(repository, digest);
      assert.equal(referrer?.artifactType, "application/spdx+json");
      assert.deepEqual(others, []);
      const { layers } = (await registry.manifest(repository, referrer.digest)).json as {
        layers: { digest: Digest }[];
      };
      const sbom = (await registry.config(repository, layers[0]?.digest ?? assert.fail())) as {
        name: string;
        packages: { name: string; externalRefs?: { referenceLocator: string }[] }[];
      };
      assert.equal(sbom.name, `${image.split("@")[0] ?? ""}@${digest}`);
      const python = sbom.packages.find(({ name }) => name === "python3.11-minimal");
      const locators = python?.externalRefs?.map(({ referenceLocator }) => referenceLocator) ?? [];
      assert.match(
        locators.join(),
        new RegExp(`^pkg:deb/debian/python3.11-minimal@.*arch=${platform.architecture}`),
      );
    }
  });

  it("is not attached twice by a second publish of the commit, which uploads nothing", async () => {
    const before = [await attached(), uploadsSoFar(world)];
    await passes(dispatch("main", head()));
    assert.deepEqual([await attached(), uploadsSoFar(world)], before);
  });

  it("is what a consumer can verify with cosign alone, as docs/evidence.md says", async () => {
    const text = readFileSync(join(__dirname, "..", "..", "docs", "evidence.md"), "utf8");
    const blocks = [...text.matchAll(/<!-- run -->\n+```sh\n([^]*?)```/g)].map(([, lines = ""]) => lines);
    assert.equal(blocks.length, 2);
    // skopeo takes plain http from nobody without being told.
    const configuration = join(folder, ".config", "containers");
    mkdirSync(configuration, { recursive: true });
    const insecure = join(configuration, "registries.conf");
    writeFileSync(insecure, `[[registry]]\nlocation = "${world.sandbox.registry}"\ninsecure = true\n`);
    const values = { IMAGE: image, SIGNER: signer(), ISSUER: githubIssuer };
    const env = environment({ ...values, HOME: folder });
    const printed: string[] = [];
    for (const block of blocks)
      printed.push(await run("bash", ["-euo", "pipefail", "-c", block], { cwd: folder, env }));
    const [first = "", second = ""] = printed;
    assert.match(first, new RegExp(`"gitCommit": "${head()}"`));
    assert.match(first, /signature +index +verified/);
    assert.match(second, /^\d{2,}$/m);
  });

  it("is nobody's where another repository is trusted", async () => {
    const other = trusting(signer("another"));
    await assert.rejects(ghcr("image", "verify", "--image", image, ...other), isOfAnother);
  });

  it("is not the default branch's where a pull request's run signed, whatever the commit", async () => {
    const [base, commit] = [head(), change("proposed")];
    stage.refresh();
    const { succeeded, log } = await stage.run(stage.pullRequest({ number: 7, base, head: commit }));
    assert.equal(succeeded, true, log);
    const proposed = await registry.resolve(repository, "pr-7");
    const digest = proposed?.digest ?? assert.fail("nothing was published");
    const reference = `${image.split("@")[0] ?? ""}@${digest}`;
    await assert.rejects(ghcr("image", "verify", "--image", reference, ...trusting(signer())), isOfAnother);
    const own = signer().replace(/@refs.*/, "@refs/pull/7/merge$");
    await ghcr("image", "verify", "--image", reference, ...trusting(own));
    const refused = await promoted(digest);
    assert.equal(refused.succeeded, false);
    assert.match(refused.log, /its signature is not as required/);
    assert.equal(await registry.resolve(repository, "staging"), undefined);
  });

  it("lets promote.yml move an environment that asks for it", async () => {
    const { succeeded, log } = await promoted(digestOf(image));
    assert.equal(succeeded, true, log);
    assert.equal((await registry.resolve(repository, "staging"))?.digest, digestOf(image));
  });

  it("lets the summary tell how vulnerabilities changed since the last release", async () => {
    await passes(pushOfTag("v1.0.0", change("1.0.0")));
    const { summaries } = await passes(push("main", change("later")));
    const text = summaries.join("\n");
    assert.match(
      text,
      /\| platform \| size \| since 1\.0\.0 \| critical \| high \| medium \| low \| digest \|/,
    );
    assert.match(text, /\| linux\/arm64 \|.*\| \d+ \(±0\) \| \d+ \(±0\) \| \d+ \(±0\) \| \d+ \(±0\) \|/);
  });

  it("is signed by pulumi up too, on a machine that names a key, which goes nowhere", async () => {
    const key = await ensureSigningKey(
      join(programs, "cosign"),
      join(dirname(world.sandbox.authFile), "signing"),
    );
    const env = { ...key.env, PATH: environment()["PATH"] ?? "" };
    const stack = world.stackWith({ env });
    const first = await stack.run("up", ["--yes", "--skip-preview"]);
    assert.equal(first.code, 0, first.output);
    const { services } = (await stack.outputs()) as {
      services: Record<string, { image: { reference: string } }>;
    };
    const todost = services["todost"]?.image.reference ?? assert.fail("todost has no image");
    const required = ["--require", "signature,provenance,sbom", "--cosign-key", key.publicKey, "--json"];
    const out = await ghcr("image", "verify", "--image", todost, ...required);
    const { evidence } = JSON.parse(out) as { evidence: EvidenceRow[] };
    assert.deepEqual(
      evidence.map(({ kind, of, state }) => `${kind} ${of} ${state}`),
      signedAndWhole,
    );
    const again = await stack.run("up", ["--yes", "--skip-preview"]);
    assert.equal(again.code, 0, again.output);
    assert.deepEqual(Object.keys(await stack.lastChanges()), ["same"]);
    const password = key.env["COSIGN_PASSWORD"] ?? assert.fail("the key has no password");
    const state = readFileSync(
      join(world.sandbox.dir, "state/.pulumi/stacks/ghcr-platform/sandbox.json"),
      "utf8",
    );
    for (const text of [first.output, again.output, state]) {
      assert.ok(!text.includes(password));
      assert.ok(!text.includes("PRIVATE KEY"));
    }
  });

  /** One service, with an environment that asks for all that can be asked for. */
  function fleetOf(service: string): Fleet {
    const loaded = loadFleet(join(world.program, "services"));
    const environments = { staging: {} };
    const promotion = { require: ["signature", "provenance", "sbom"] as const };
    const services = loaded.services
      .filter(({ declaration }) => declaration.name === service)
      .map(({ where, declaration }) => ({ where, declaration: { ...declaration, environments, promotion } }));
    return resolveFleet({ ...loaded, services });
  }

  async function passes(event: RunEvent) {
    stage.refresh();
    const result = await stage.run(event);
    assert.equal(result.succeeded, true, result.log);
    return result;
  }

  function promoted(digest: Digest) {
    const values = { service: "hello-python", environment: "staging", digest, expect: "" };
    const event = dispatch("main", head(), { ...values, reason: "a test", rollback: "false" });
    return stage.run(event, "promote.yml");
  }

  /** The publishing workflow of a repository, as environments trust it. */
  function signer(name = "ghcr-platform"): string {
    const serverUrl = serverOf(world.sandbox.github);
    return workflowSigner({ owner: "albeorla", name, defaultBranch: "main", serverUrl }).identity;
  }

  function trusting(identity: string): readonly string[] {
    return ["--certificate-identity", identity, "--certificate-issuer", githubIssuer];
  }

  function isOfAnother(error: unknown): true {
    assert.match(String(error), /its signature is required and not as required/);
    assert.match(String(error), /its provenance is required and not as required/);
    return true;
  }

  async function verified(): Promise<{ readonly evidence: readonly EvidenceRow[] }> {
    const out = await ghcr("image", "verify", "--image", image, ...trusting(signer()), "--json");
    return JSON.parse(out) as { evidence: EvidenceRow[] };
  }

  async function provenance(): Promise<BuildDefinition> {
    const whom = ["--certificate-identity-regexp", signer(), "--certificate-oidc-issuer", githubIssuer];
    const flags = [...whom, "--type", "slsaprovenance1"];
    const out = await run(join(programs, "cosign"), ["verify-attestation", ...flags, image], {
      env: environment(),
    });
    const { payload } = JSON.parse(out) as { payload: string };
    const statement = JSON.parse(Buffer.from(payload, "base64").toString("utf8")) as {
      predicate: { buildDefinition: BuildDefinition };
    };
    return statement.predicate.buildDefinition;
  }

  function ghcr(...args: readonly string[]): Promise<string> {
    return run(join(world.program, "cli", "ghcr"), args, { cwd: world.program, env: environment() });
  }

  function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const { login, env, authFile } = world.sandbox;
    const path = [programs, join(world.program, "cli"), process.env["PATH"] ?? ""].join(delimiter);
    const docker = { DOCKER_CONFIG: dirname(authFile), REGISTRY_AUTH_FILE: authFile };
    const own = { ...process.env, ...env, ...ghcrEnvironment(login), ...docker, ...stage.trust };
    return { ...own, PATH: path, ...more };
  }

  /** All that refers to the image and to its platforms' manifests, by digest. */
  async function attached(): Promise<readonly string[]> {
    const { manifests } = (await registry.manifest(repository, digestOf(image))).json as {
      manifests: { digest: Digest }[];
    };
    const of = [digestOf(image), ...manifests.map(({ digest }) => digest)];
    const referrers = await Promise.all(of.map((digest) => registry.referrers(repository, digest)));
    return referrers.flat().map(({ digest }) => digest);
  }

  /** A commit of the service that is told from others by a comment. */
  function change(text: string): string {
    const file = "services/hello-python/src/hello_python/__init__.py";
    world.write(file, `"""${text}"""\n`, { commit: true });
    return head();
  }

  function head(): string {
    return world.git("rev-parse", "HEAD").trim();
  }

  function digestOf(reference: string): Digest {
    return reference.split("@")[1] as Digest;
  }
});
