/** The GitHub stand-in as a daemon of the sandbox, seeded once with an owner and the platform's repository. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RepositoryDeclaration } from "../core/fleet";
import { startDaemon, stopDaemon } from "./daemon";
import { assertPortFree } from "./ports";
import { sourceDigest } from "./source-digest";

export interface GitHubOptions {
  /** Top of the checkout, whose commit becomes the platform repository's first content. */
  readonly root: string;
  readonly dataDir: string;
  readonly port: number;
  readonly owner: { readonly login: string; readonly type: "Organization" | "User" };
  readonly token: string;
  readonly platform: RepositoryDeclaration;
}

const NAME = "github";

/** Login of who works in the sandbox, and whose the token is. */
export function accountOf({ login, type }: GitHubOptions["owner"]): string {
  return type === "User" ? login : "platform-engineer";
}

/** Starts the stand-in detached, or takes the one that runs; returns its base URL, with a slash at the end. */
export async function startGitHubDaemon(options: GitHubOptions): Promise<string> {
  const { root, dataDir, port, owner, token } = options;
  const url = `http://127.0.0.1:${port}/`;
  const seed = join(dataDir, "seed.json");
  const login = accountOf(owner);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  await startDaemon({
    name: NAME,
    command: join(root, "sandbox", "node"),
    args: [
      join(root, "sandbox/github-api/main.ts"),
      "--port",
      String(port),
      "--data",
      dataDir,
      "--seed",
      seed,
    ],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
    dir: dataDir,
    // Its own sources too: one that was started by an earlier checkout is another one.
    settings: JSON.stringify({ port, owner, sources: sourceDigest(join(root, "sandbox", "github-api")) }),
    prepare: async () => {
      await assertPortFree({
        who: "the GitHub stand-in",
        port,
        setting: "set GHCR_SANDBOX_GITHUB_PORT to another port",
      });
      const content = {
        owners: [owner],
        users: [{ login }],
        tokens: [{ token, login, scopes: ["repo", "workflow", "write:packages", "delete:packages"] }],
      };
      writeFileSync(seed, JSON.stringify(content), { mode: 0o600 });
    },
    healthy: async () =>
      (await fetch(new URL("_sandbox/health", url), { signal: AbortSignal.timeout(2_000) })).ok,
  });
  await seedPlatformRepository(options, url);
  return url;
}

/** False if none ran. */
export function stopGitHubDaemon(dataDir: string): Promise<boolean> {
  return stopDaemon(dataDir, NAME);
}

/**
 * Before the platform can run there is its own repository, with this program in it: made and pushed as a person
 * would, and then left alone, because from then on it is the stack that declares it.
 */
async function seedPlatformRepository(options: GitHubOptions, url: string): Promise<void> {
  const { owner, token, platform, root } = options;
  const authorization = `Bearer ${token}`;
  const home = new URL(`repos/${owner.login}/${platform.name}`, url);
  if ((await fetch(home, { headers: { authorization } })).status !== 200) {
    const create = new URL(owner.type === "User" ? "user/repos" : `orgs/${owner.login}/repos`, url);
    const answer = await fetch(create, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(repositoryBody(platform)),
    });
    if (answer.status !== 201)
      throw new Error(`the stand-in refused the platform's repository: ${await answer.text()}`);
  }
  const remote = new URL(`${owner.login}/${platform.name}.git`, url).href;
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", root, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      // In the environment, not in an argument, which every user of the machine may list.
      env: {
        ...process.env,
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "http.extraHeader",
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
      },
    });
  const branch = platform.defaultBranch ?? "main";
  if (git("ls-remote", "--heads", remote, branch) === "")
    git("push", "--quiet", remote, `HEAD:refs/heads/${branch}`);
}

function repositoryBody(platform: RepositoryDeclaration) {
  return {
    name: platform.name,
    description: platform.description,
    homepage: platform.homepage,
    visibility: platform.visibility,
    private: platform.visibility !== "public",
    has_issues: true,
    delete_branch_on_merge: true,
    allow_merge_commit: false,
  };
}
