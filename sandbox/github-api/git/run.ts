/** Running git, apart from the configuration of whoever runs the stand-in. */
import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { PlatformError } from "../../../core/errors";

/** What git said when it failed. */
export class GitError extends Error {
  constructor(
    readonly args: readonly string[],
    readonly exitCode: number,
    readonly stderr: string,
  ) {
    super(`git ${args[0]}: exit ${exitCode}: ${stderr.trim()}`);
    this.name = "GitError";
  }
}

/** Only what is named here reaches git: a GIT_DIR or a user's hooks from outside would act on other repositories. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: "/nonexistent",
    LC_ALL: "C",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    ...extra,
  };
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * @returns standard output
 * @throws GitError when git exits with anything but 0
 */
export function runGit(gitDir: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      "git",
      ["--git-dir", gitDir, ...args],
      { env: gitEnvironment(options.env), encoding: "buffer", maxBuffer: 256 * 1024 * 1024 },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (typeof error.code === "number") reject(new GitError(args, error.code, stderr.toString()));
        else reject(error);
      },
    );
    // A git that fails early closes its input; its exit code says what went wrong, not the broken pipe.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.input ?? "");
  });
}

/**
 * The program that serves git over HTTP.
 * @throws PlatformError `git-missing`
 */
export function findHttpBackend(): string {
  try {
    const folder = execFileSync("git", ["--exec-path"], { env: gitEnvironment(), encoding: "utf8" }).trim();
    return join(folder, "git-http-backend");
  } catch (cause) {
    const fix = "install git (Debian: apt-get install git)";
    throw new PlatformError(
      { code: "git-missing", where: "git", problem: "git does not run", fix },
      { cause },
    );
  }
}
