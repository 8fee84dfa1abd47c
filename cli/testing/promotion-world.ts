/** A package with gated images behind a front as of ghcr.io, a repository on GitHub's stand-in, and the command. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { attach } from "../../clients/referrers";
import type { Registry } from "../../clients/registry";
import { testImage, type TestImage } from "../../clients/testing/images";
import { buildDefinition, provenanceOf, provenanceStatement } from "../../core/evidence";
import type { Digest } from "../../core/names";
import { gateResultArtifactType, type GateResult } from "../../core/scan";
import { run } from "../program";
import { GhcrTrial, tokens } from "../../sandbox/ghcr/trial";

export const repository = "acme/todost";
export const stages = ["development", "staging", "production"] as const;

export class World {
  readonly trial = new GhcrTrial();
  readonly folder = mkdtempSync(join(tmpdir(), "promotion-"));
  /** What the command is given besides its flags. */
  readonly environment: Record<string, string> = {};
  commit = "";

  async start(): Promise<void> {
    await this.trial.start();
    const octokit = this.trial.octokit(tokens.alice);
    await octokit.repos.createInOrg({ org: "acme", name: "todost", auto_init: true });
    const { data } = await octokit.repos.getBranch({ owner: "acme", repo: "todost", branch: "main" });
    this.commit = data.commit.sha;
    Object.assign(this.environment, {
      ...{ GITHUB_TOKEN: tokens.alice, XDG_CACHE_HOME: this.folder, DOCKER_CONFIG: "/nowhere" },
    });
  }

  async end(): Promise<void> {
    rmSync(this.folder, { recursive: true });
    await this.trial.end();
  }

  get registry(): Registry {
    return this.trial.as(tokens.alice);
  }

  get image(): string {
    return `${this.trial.host}/${repository}`;
  }

  /** @param version what the image says of itself */
  made(salt: string, version?: string): TestImage {
    const prefix = "org.opencontainers.image";
    const annotations = {
      ...{ [`${prefix}.revision`]: this.commit, salt },
      ...(version === undefined ? {} : { [`${prefix}.version`]: version }),
    };
    return testImage({ salt, annotations });
  }

  /** Pushes what a release's tag brings about: an image under its version, with the gate's result. */
  async release(version: string): Promise<Digest> {
    const made = this.made(version, version);
    await this.trial.push(repository, made, version);
    const digest = made.index.digest as Digest;
    await this.gate(digest, "passed");
    return digest;
  }

  /** Pushes an image of both platforms and what the gate says of it; null: nothing. */
  async publish(
    salt: string,
    verdict: GateResult["verdict"] | null = "passed",
    at = new Date(),
  ): Promise<Digest> {
    const made = this.made(salt);
    await this.trial.push(repository, made, `build-${salt}`);
    const digest = made.index.digest as Digest;
    if (verdict !== null) await this.gate(digest, verdict, at);
    return digest;
  }

  async gate(digest: Digest, verdict: GateResult["verdict"], at = new Date()): Promise<void> {
    const subject = await this.registry.resolve(repository, digest);
    assert.ok(subject !== undefined);
    const none = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
    const blocks = verdict === "passed" ? [] : (["findings"] as const);
    const database = { reference: "registry.test/trivy-db:2", updatedAt: at.toISOString() };
    const platform = { platform: "linux/amd64", digest, packages: 9, excepted: 0 };
    const result: GateResult = {
      ...{ image: this.image, digest, verdict, at: at.toISOString(), exceptions: [] },
      scanner: { name: "trivy", version: "0.74.0", database },
      platforms: [{ ...platform, findings: none, fixable: none, blocks: [...blocks] }],
      ...(verdict === "forced" ? { breakGlass: { by: "ann", reason: "the fix is out on Monday" } } : {}),
    };
    const content = { mediaType: gateResultArtifactType, bytes: Buffer.from(JSON.stringify(result)) };
    const attachment = { subject, artifactType: gateResultArtifactType, annotations: {}, content };
    await attach(this.registry, repository, attachment);
  }

  /** Attaches what cosign would have: the image signed, and provenance, whose statement it gives. */
  async sign(digest: Digest): Promise<object> {
    const subject = await this.registry.resolve(repository, digest);
    assert.ok(subject !== undefined);
    const image = { name: this.image, digest };
    const facts = { service: "todost", source: "https://github.com/acme/todost", ref: undefined };
    const build = buildDefinition({
      ...{ ...facts, revision: this.commit, context: ".", dockerfile: "Dockerfile" },
      ...{ platforms: ["linux/amd64"], buildArgs: {}, baseImages: [] },
    });
    const run = { builder: "https://example.com/builder", invocation: undefined, byproducts: [] };
    const provenance = provenanceStatement(image, provenanceOf(build, run));
    const signature = { ...provenance, predicateType: "https://sigstore.dev/cosign/sign/v1", predicate: {} };
    for (const statement of [provenance, signature]) {
      const payload = Buffer.from(JSON.stringify(statement)).toString("base64");
      const type = "application/vnd.dev.sigstore.bundle.v0.3+json";
      const content = { mediaType: type, bytes: Buffer.from(JSON.stringify({ dsseEnvelope: { payload } })) };
      await attach(this.registry, repository, { subject, artifactType: type, annotations: {}, content });
    }
    return provenance;
  }

  ghcr(...args: readonly string[]) {
    return this.ghcrWith("", ...args);
  }

  /** @param input what it is given on standard input */
  async ghcrWith(input: string, ...args: readonly string[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await run(args, {
      readInput: async () => input,
      print: (line) => out.push(line),
      complain: (line) => err.push(line),
      // Programs, as the scanner, are looked for as this process does.
      environment: { PATH: process.env["PATH"] ?? "", HOME: this.folder, ...this.environment },
    });
    const plain = (lines: string[]) => stripVTControlCharacters(lines.join("\n"));
    return { code, out: plain(out), err: plain(err) };
  }

  promote(environment: string, ...more: readonly string[]) {
    const common = ["--environments", stages.join(","), "--by", "ann", "--reason", "week 48"];
    const github = ["--repository", "acme/todost", "--github-url", `${this.trial.github.url}/api/v3/`];
    return this.ghcr("promote", this.image, "--to", environment, ...common, ...github, ...more);
  }

  async runs(environment: string): Promise<Digest | undefined> {
    return (await this.registry.resolve(repository, environment))?.digest;
  }

  /** Through every stage. */
  async promoteThrough(digest: Digest): Promise<void> {
    for (const stage of stages) {
      const { code, err } = await this.promote(stage, "--digest", digest);
      assert.equal(code, 0, err);
    }
  }
}

/** One for all tests of a `describe`. */
export function useWorld(): World {
  const world = new World();
  before(() => world.start());
  after(() => world.end());
  return world;
}
