/** A small Pulumi program in a folder of its own, on the real engine, with the GitHub stand-in in this process. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGitHub, type GitHub } from "../../sandbox/github-api";
import { testToolchain, type World } from "./world";

/** What an engine run left. */
export interface Outcome {
  readonly code: number;
  /** Both streams, as they came. */
  readonly output: string;
}

export const token = `ghp_${"0a".repeat(18)}`;

export class SmallProgram {
  private constructor(
    /** All of it goes with `stop`. */
    readonly top: string,
    readonly github: Pick<GitHub, "url" | "close">,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Beside a sandbox, whose GitHub, registry and builder it uses; that one is stopped by itself. */
  static beside({ sandbox }: World): SmallProgram {
    const top = mkdtempSync(join(tmpdir(), "ghcr-platform-small-"));
    const github = { url: sandbox.github.url.replace(/\/$/, ""), close: async () => undefined };
    return new SmallProgram(top, github, engineEnvironment(top, sandbox.env));
  }

  /** Starts the stand-in with one organization, and makes a folder for the program and its state. */
  static async start(): Promise<SmallProgram> {
    const top = mkdtempSync(join(tmpdir(), "ghcr-platform-small-"));
    const github = await startGitHub({
      dataDir: join(top, "github"),
      seed: {
        owners: [{ login: "albeorla", type: "Organization", members: { ada: "admin" } }],
        users: [{ login: "ada" }],
        tokens: [{ token, login: "ada", scopes: ["repo", "workflow"] }],
      },
    });
    return new SmallProgram(top, github, engineEnvironment(top, (await testToolchain()).env()));
  }

  /** Runs the engine in a folder below the top. */
  pulumi(
    folder: string,
    args: readonly string[],
    { stdin = "", env = {} }: { stdin?: string; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Outcome> {
    return this.run(folder, ["pulumi", ...args, "--non-interactive"], { stdin, env });
  }

  /** Runs any program there, with the engine's environment. */
  run(
    folder: string,
    [command = "", ...args]: readonly string[],
    { stdin = "", env = {} }: { stdin?: string; env?: Readonly<Record<string, string>> } = {},
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: join(this.top, folder), env: { ...this.env, ...env } });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
      }
      // A program that reads no input may be gone before it is written.
      child.stdin.on("error", () => undefined);
      child.stdin.end(stdin);
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? 1, output }));
    });
  }

  /** Runs the engine, which must succeed. */
  async must(folder: string, args: readonly string[], stdin = ""): Promise<string> {
    const { code, output } = await this.pulumi(folder, args, { stdin });
    assert.equal(code, 0, output);
    return output;
  }

  async stop(): Promise<void> {
    await this.github.close();
    rmSync(this.top, { recursive: true, force: true });
  }
}

/** No token is in it: a program is configured with one. */
function engineEnvironment(top: string, env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...env,
    PULUMI_BACKEND_URL: `file://${top}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    GITHUB_TOKEN: undefined,
  };
}
