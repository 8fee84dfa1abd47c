/** The program in a folder of its own, on the real engine and GitHub provider, with the GitHub stand-in in this process. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Octokit } from "@octokit/rest";
import { resolveFleet, secretValueKeys } from "../../core/fleet";
import { startGitHub, type GitHub } from "../../sandbox/github-api";
import { freePort } from "../../sandbox/ports";
import { SandboxStack } from "../../sandbox/stack";
import { loadFleet } from "../../services";
import { register, testApp } from "./github-app";
import { copyProgram, linkPackages, testToolchain } from "./world";

export const token = `ghp_${"0b".repeat(18)}`;
export const owner = "albeorla";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly output: string;
}

export interface AdoptOptions {
  /** @default `Organization` */
  readonly type?: "Organization" | "User";
  /** Whether the stack signs in as a GitHub App, and knows no token. @default false */
  readonly app?: boolean;
}

export class AdoptWorld {
  private constructor(
    private readonly top: string,
    readonly program: string,
    readonly github: GitHub,
    readonly stack: SandboxStack,
    private readonly type: "Organization" | "User",
  ) {}

  /** @param files of the program that differ from the checkout's; null leaves one out */
  static async start(
    files: Readonly<Record<string, string | null>>,
    { type = "Organization", app = false }: AdoptOptions = {},
  ): Promise<AdoptWorld> {
    const top = mkdtempSync(join(tmpdir(), "ghcr-platform-adopt-"));
    const program = join(top, "program");
    copyProgram(program, files);
    linkPackages(program);
    const github = await startGitHub({
      dataDir: join(top, "github"),
      seed: {
        owners: [
          type === "User"
            ? { login: owner, type }
            : { login: owner, type, teams: [{ slug: "operators", members: ["ada"] }] },
        ],
        users: [{ login: "ada" }],
        tokens: [
          {
            ...{ token, login: type === "User" ? owner : "ada" },
            scopes: ["repo", "workflow", "read:packages", "write:packages"],
          },
        ],
      },
    });
    const { services } = resolveFleet(loadFleet(join(program, "services")));
    const signIn = app ? await installed(github) : undefined;
    const stack = new SandboxStack({
      root: program,
      dir: join(top, "stack"),
      env: { ...(await testToolchain()).env(), GITHUB_TOKEN: app ? "" : token },
      // Nobody listens at the registry: no image is built, and a repository is what is looked at.
      config: {
        owner,
        githubUrl: `${github.url}/`,
        registry: `127.0.0.1:${await freePort()}`,
        publish: "workflow",
        ...signIn?.config,
      },
      secretConfig: signIn?.secrets ?? {},
      secrets: Object.fromEntries(services.map((service) => [service.name, secretValueKeys(service)])),
    });
    mkdirSync(join(top, "stack", "secrets"), { recursive: true });
    await stack.prepare();
    return new AdoptWorld(top, program, github, stack, type);
  }

  get octokit(): Octokit {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    return new Octokit({ auth: token, baseUrl: `${this.github.url}/api/v3`, log });
  }

  /** Asks GraphQL, which must not object. */
  async graphql(query: string, variables: Record<string, unknown>): Promise<void> {
    const answer = await this.post("api/graphql", { query, variables });
    const { errors } = (await answer.json()) as { errors?: unknown };
    assert.equal(errors, undefined);
  }

  /** One of the stand-in's own controls. */
  async control(path: string, body: unknown): Promise<void> {
    const answer = await this.post(`_sandbox/${path}`, body);
    assert.ok(answer.ok, `${path}: ${answer.status}`);
  }

  private post(path: string, body: unknown): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    return fetch(`${this.github.url}/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** The platform's own repository, which is there before the program first runs. */
  async platformRepository(): Promise<void> {
    const { platform } = loadFleet(join(this.program, "services"));
    const { name, description, visibility } = platform;
    const repository = {
      ...{ name, auto_init: true, private: visibility !== "public" },
      ...{ allow_merge_commit: false, delete_branch_on_merge: true },
      ...(description === undefined ? {} : { description }),
    };
    if (this.type === "User") await this.octokit.repos.createForAuthenticatedUser(repository);
    else await this.octokit.repos.createInOrg({ org: owner, ...repository });
  }

  write(path: string, content: string): void {
    mkdirSync(dirname(join(this.program, path)), { recursive: true });
    writeFileSync(join(this.program, path), content);
  }

  read(path: string): string {
    return readFileSync(join(this.program, path), "utf8");
  }

  /** The `ghcr` command in the program's folder. */
  ghcr(...args: readonly string[]): Promise<Outcome> {
    return this.spawned(join(this.program, "cli", "ghcr"), args);
  }

  private spawned(command: string, args: readonly string[]): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: this.program,
        env: { ...process.env, ...this.stack.engineEnv() },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [stdout, output] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
      }
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? 1, stdout, output }));
    });
  }

  /** What a command of `ghcr` needs to find the stack. */
  get stackFlags(): readonly string[] {
    return ["--stack", this.stack.name, "--config-file", this.stack.configFile];
  }

  adopt(repository: string, ...args: readonly string[]): Promise<Outcome> {
    return this.ghcr("adopt", `${owner}/${repository}`, ...this.stackFlags, ...args);
  }

  async up(): Promise<void> {
    const { code, output } = await this.engine("up", "--yes", "--skip-preview");
    assert.equal(code, 0, output);
  }

  /** Any command of the engine on the stack, without the policy pack. */
  engine(command: "preview" | "up", ...args: readonly string[]): Promise<Outcome> {
    return this.spawned("pulumi", [command, ...this.stackFlags, "--non-interactive", ...args]);
  }

  /** The state as the engine exports it, its secrets encrypted. */
  async state(): Promise<string> {
    return (await this.spawned("pulumi", ["stack", "export", "--stack", this.stack.name])).stdout;
  }

  /** What a preview would do, but for what stays. */
  async changes(): Promise<readonly string[]> {
    const { code, stdout, output } = await this.engine("preview", "--json");
    assert.equal(code, 0, output);
    const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
    return steps
      .filter(({ op }) => op !== "same" && op !== "read")
      .map(({ op, urn }) => `${op} ${urn.split("::").slice(2).join(" ")}`);
  }

  /** What was written on GitHub since the last call, or since `github.clearJournal`. */
  writes(): readonly string[] {
    const written = this.github
      .journal()
      .filter(({ method, operation }) => method !== "GET" && operation !== "graphql/query")
      .map(({ method, path }) => `${method} ${path}`);
    this.github.clearJournal();
    return written;
  }

  /** Forgets all of the state, and keeps the configuration. */
  async loseState(): Promise<void> {
    rmSync(join(this.top, "stack", "state"), { recursive: true });
    await this.stack.prepare();
  }

  async stop(): Promise<void> {
    assert.deepEqual(this.github.defects(), []);
    await this.github.close();
    rmSync(this.top, { recursive: true, force: true });
  }
}

/** The stack's configuration for a GitHub App that is the owner's. */
async function installed(github: GitHub) {
  const { key, registration } = testApp(owner, [owner]);
  const { id, installations } = await register(github.url, registration);
  return {
    config: { githubAppId: String(id), githubAppInstallationId: String(installations[0]?.id) },
    secrets: { githubAppKey: key },
  };
}
