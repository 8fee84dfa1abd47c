/** A program of a few lines on the real engine, with this checkout's provider, for tests of that provider. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { EngineRun } from "../../sandbox/stack";
import { testToolchain } from "./world";

const checkout = join(__dirname, "..", "..");

export class SmallStack {
  private constructor(
    /** Everything of it: program, state, logs. */
    readonly folder: string,
    /** The engine's environment, for other commands than `pulumi`. */
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** @param env the engine's, on top of the toolchain's */
  static async make(env: Readonly<Record<string, string>>): Promise<SmallStack> {
    const folder = mkdtempSync(join(tmpdir(), "ghcr-provider-stack-"));
    const toolchain = await testToolchain();
    mkdirSync(join(folder, "state"));
    symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{ "name": "small", "private": true }');
    writeFileSync(join(folder, "tsconfig.json"), readFileSync(join(checkout, "tsconfig.json")));
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      stringify({
        ...{ name: "small", runtime: "nodejs", main: "index.ts" },
        plugins: { providers: [{ name: "ghcr", path: join(checkout, "provider") }] },
      }),
    );
    const stack = new SmallStack(folder, {
      ...process.env,
      ...toolchain.env(),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "small",
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      XDG_CACHE_HOME: join(folder, "cache"),
      ...env,
    });
    await stack.must("stack", "init", "test");
    return stack;
  }

  /** The program's lines, behind the import of the provider's resources as `ghcr`. */
  program(lines: string): void {
    const head = `import * as ghcr from ${JSON.stringify(join(checkout, "provider", "sdk"))};\n`;
    writeFileSync(join(this.folder, "index.ts"), head + lines);
  }

  /** Runs the engine to its end, without a question. */
  run(...args: readonly string[]): Promise<EngineRun> {
    return new Promise((resolve, reject) => {
      const child = spawn("pulumi", [...args, "--non-interactive"], {
        cwd: this.folder,
        env: this.environment,
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [stdout, both]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => both.push(chunk));
      child.on("error", reject);
      child.on("close", (code) =>
        resolve({
          code: code ?? 1,
          stdout: Buffer.concat(stdout).toString(),
          output: Buffer.concat(both).toString(),
        }),
      );
    });
  }

  /** The stack's state as JSON, its secrets encrypted. */
  state(): Promise<string> {
    return this.must("stack", "export");
  }

  /** As `run`, and it has to succeed; gives all that was printed. */
  async must(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.run(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
