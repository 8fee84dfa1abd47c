/** A stand-in of a test's own: fresh data, an organization, two users and tokens of every kind. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { startGitHub, type GitHub, type GitHubOptions, type Seed } from "./index";

/** Made up for each run: nothing that looks like a token stands in a file. */
const made = (name: string): string => `${name}-${process.pid}-${Math.random().toString(36).slice(2)}`;

export const tokens = {
  /** Classic; an admin of the organization and a user of her own. */
  alice: made("alice"),
  /** Classic, without the workflow scope; a member of the organization. */
  bob: made("bob"),
  /** Alice's, fine-grained: may read contents, and nothing else. */
  reader: made("reader"),
} as const;

export const seed: Seed = {
  owners: [
    {
      login: "acme",
      type: "Organization",
      members: { alice: "admin", bob: "member" },
      teams: [{ slug: "platform", members: ["alice"] }],
    },
    { login: "alice", type: "User" },
  ],
  users: [{ login: "alice" }, { login: "bob", name: "Bob", email: "bob@example.com" }],
  tokens: [
    { token: tokens.alice, login: "alice", scopes: ["repo", "workflow", "delete_repo"] },
    { token: tokens.bob, login: "bob", scopes: ["repo"] },
    { token: tokens.reader, login: "alice", permissions: { contents: "read" } },
  ],
};

export class Trial {
  #github: GitHub | undefined;
  readonly dataDir = mkdtempSync(join(tmpdir(), "github-trial-"));

  async start(options: Partial<GitHubOptions> = {}): Promise<void> {
    this.#github = await startGitHub({ dataDir: this.dataDir, seed, revealSecrets: true, ...options });
  }

  get github(): GitHub {
    if (this.#github === undefined) throw new Error("not started");
    return this.#github;
  }

  /** Octokit as a client writes it for a GitHub Enterprise Server. */
  as(token: string): Octokit {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    return new Octokit({ auth: token, baseUrl: `${this.github.url}/api/v3`, log });
  }

  get alice(): Octokit {
    return this.as(tokens.alice);
  }

  async fetch(path: string, init: RequestInit = {}, token: string = tokens.alice): Promise<Response> {
    const authorization = token === "" ? {} : { authorization: `token ${token}` };
    return fetch(this.github.url + path, { ...init, headers: { ...authorization, ...init.headers } });
  }

  /** A repository of the organization with a first commit. */
  async repository(
    name: string,
    more: Record<string, unknown> = {},
  ): Promise<{ owner: string; repo: string }> {
    await this.alice.repos.createInOrg({ org: "acme", name, auto_init: true, ...more });
    return { owner: "acme", repo: name };
  }

  /** Stops it; fails where the stand-in itself was at fault. */
  async stop(): Promise<void> {
    const defects = this.#github?.defects() ?? [];
    await this.#github?.close();
    this.#github = undefined;
    assert.deepEqual(defects, []);
  }

  async end(): Promise<void> {
    try {
      await this.stop();
    } finally {
      rmSync(this.dataDir, { recursive: true, force: true });
    }
  }
}

/** A stand-in for all tests of a `describe`. */
export function useTrial(options: Partial<GitHubOptions> = {}): Trial {
  const trial = new Trial();
  before(() => trial.start(options));
  after(() => trial.end());
  return trial;
}

/** The same tests with and without ETags: an unchanged ETag can hide a change that was not made. */
export function withAndWithoutEtags(name: string, tests: (trial: Trial) => void): void {
  for (const etags of [true, false]) {
    describe(`${name}, ${etags ? "with" : "without"} ETags`, () => tests(useTrial({ etags })));
  }
}

/** The status and message with which a call is refused. */
export async function refusal(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    const { status, response } = error as { status: number; response?: { data: { message: string } } };
    return { status, message: response?.data.message ?? "" };
  }
  throw new assert.AssertionError({ message: "the call was not refused" });
}
