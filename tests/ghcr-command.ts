/** The `ghcr` command as a process of its own, beside the servers of a test. */
import { spawn } from "node:child_process";
import { join } from "node:path";

export interface CommandRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** @param environment all that it has besides PATH and HOME */
export async function ghcr(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  folder: string = process.cwd(),
): Promise<CommandRun> {
  const { PATH, HOME } = process.env;
  const child = spawn(join(__dirname, "..", "cli", "ghcr"), args, {
    cwd: folder,
    env: { PATH, HOME, DOCKER_CONFIG: "/nowhere", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, out, err };
}
