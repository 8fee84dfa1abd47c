/** A front, a registry and a GitHub of a test's own: an organization, a user account, and tokens of every kind. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { digestOf, openRegistry, type Registry } from "../../clients/registry";
import type { TransportOptions } from "../../clients/registry-transport";
import { types, type TestImage } from "../../clients/testing/images";
import { startRealRegistry, type RealRegistry } from "../../clients/testing/real-registry";
import { startGitHub, type GitHub, type GitHubOptions } from "../github-api";
import { startGhcr, type Ghcr } from ".";

/** Made up for each run: nothing that looks like a token stands in a file. */
const made = (name: string): string => `${name}-${process.pid}-${Math.random().toString(36).slice(2)}`;

const everything = ["repo", "write:packages", "delete:packages"];

export const tokens = {
  /** An admin of the organization. */
  alice: made("alice"),
  /** A member of the organization. */
  bob: made("bob"),
  /** Bob's, for reading only. */
  bobReads: made("bob-reads"),
  /** Bob's, without any right to packages. */
  bobWithout: made("bob-without"),
  /** Of nobody's organization. */
  carol: made("carol"),
} as const;

export class GhcrTrial {
  #parts: { registry: RealRegistry; github: GitHub; ghcr: Ghcr } | undefined;
  readonly #dataDir = mkdtempSync(join(tmpdir(), "ghcr-trial-"));

  async start(options: Partial<GitHubOptions> = {}): Promise<void> {
    const registry = await startRealRegistry();
    const seed = {
      owners: [
        { login: "acme", type: "Organization" as const, members: { alice: "admin", bob: "member" } as const },
        { login: "alice", type: "User" as const },
      ],
      users: [{ login: "alice" }, { login: "bob" }, { login: "carol" }],
      tokens: [
        { token: tokens.alice, login: "alice", scopes: everything },
        { token: tokens.bob, login: "bob", scopes: everything },
        { token: tokens.bobReads, login: "bob", scopes: ["read:packages"] },
        { token: tokens.bobWithout, login: "bob", scopes: ["repo"] },
        { token: tokens.carol, login: "carol", scopes: everything },
      ],
    };
    const github = await startGitHub({ dataDir: this.#dataDir, seed, ...options });
    const ghcr = await startGhcr({ registry: registry.host, github: github.url });
    this.#parts = { registry, github, ghcr };
  }

  get #running() {
    if (this.#parts === undefined) throw new Error("not started");
    return this.#parts;
  }

  get host(): string {
    return this.#running.ghcr.host;
  }

  get github(): GitHub {
    return this.#running.github;
  }

  get registryHost(): string {
    return this.#running.registry.host;
  }

  /** The registry as the platform's own client sees it; "" for nobody's token. */
  as(token: string, options: TransportOptions = {}): Registry {
    const credentials = token === "" ? undefined : { username: "anyone", password: token };
    return openRegistry(this.host, { credentials: () => credentials, retries: 0, ...options });
  }

  octokit(token: string): Octokit {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    return new Octokit({ auth: token, baseUrl: `${this.github.url}/api/v3`, log });
  }

  /** A request with the token in base64 as Bearer, as some clients send it; without one for "". */
  fetch(path: string, init: RequestInit = {}, token: string = tokens.alice): Promise<Response> {
    const authorization =
      token === "" ? {} : { authorization: `Bearer ${Buffer.from(`anyone:${token}`).toString("base64")}` };
    return fetch(`http://${this.host}${path}`, { ...init, headers: { ...authorization, ...init.headers } });
  }

  async control(path: string, body: unknown): Promise<unknown> {
    const answer = await fetch(`${this.github.url}/_sandbox/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.status === 204 ? undefined : answer.json();
  }

  async pushBlob(repository: string, content: Buffer, digest: string, token = tokens.alice): Promise<number> {
    const started = await this.fetch(`/v2/${repository}/blobs/uploads/`, { method: "POST" }, token);
    if (started.status !== 202) return started.status;
    const location = new URL(started.headers.get("location") ?? "");
    assert.equal(location.host, this.host);
    location.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    const body = new Uint8Array(content);
    return (
      await this.fetch(`${location.pathname}${location.search}`, { method: "PUT", body, headers }, token)
    ).status;
  }

  /** Blobs, the manifests by digest, and last the index under its tag, as builders do. */
  async push(repository: string, image: TestImage, tag: string, token = tokens.alice): Promise<void> {
    for (const blob of image.blobs)
      assert.equal(await this.pushBlob(repository, blob, digestOf(blob), token), 201);
    const registry = this.as(token);
    for (const { digest, bytes } of image.manifests)
      await registry.putManifest(repository, digest, bytes, types.manifest);
    await registry.putManifest(repository, tag, image.index.bytes, types.index);
  }

  /** What GitHub shows of a package: digest → tags. */
  async versions(name: string, token: string = tokens.alice): Promise<Record<string, string[]>> {
    const { data } = await this.octokit(token).packages.getAllPackageVersionsForPackageOwnedByOrg({
      org: "acme",
      package_type: "container",
      package_name: name,
      per_page: 100,
    });
    return Object.fromEntries(data.map((one) => [one.name, one.metadata?.container?.tags ?? []]));
  }

  async versionId(name: string, digest: string): Promise<number> {
    const { data } = await this.octokit(tokens.alice).packages.getAllPackageVersionsForPackageOwnedByOrg({
      org: "acme",
      package_type: "container",
      package_name: name,
      per_page: 100,
    });
    return data.find((one) => one.name === digest)?.id ?? 0;
  }

  async end(): Promise<void> {
    const { registry, github, ghcr } = this.#running;
    await ghcr.close();
    const defects = github.defects();
    await github.close();
    await registry.stop();
    rmSync(this.#dataDir, { recursive: true, force: true });
    assert.deepEqual(defects, []);
  }
}

/** One for all tests of a `describe`. */
export function useGhcr(options: Partial<GitHubOptions> = {}): GhcrTrial {
  const trial = new GhcrTrial();
  before(() => trial.start(options));
  after(() => trial.end());
  return trial;
}
