/** A container of an unpacked image, run by runc: Linux, as root. It has a network of its own, with loopback only. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  chownSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { PlatformError } from "../core/errors";
import { runtimeConfig, type ContainerPlan, type Emulator } from "../core/images";

const execute = promisify(execFile);

export interface ContainerAnswer {
  readonly status: number;
  readonly body: string;
}

export interface ContainerEnd {
  /** Its exit code; null where a signal ended it. */
  readonly code: number | null;
  /** From the signal to its end. */
  readonly seconds: number;
  /** Whether it had to be killed because it took longer than it was given. */
  readonly killed: boolean;
}

/** A folder for a container, with `rootfs` to be filled. `remove` deletes it. */
export function containerFolder(): { folder: string; root: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "ghcr-container-"));
  return {
    folder,
    root: join(folder, "rootfs"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export class Container {
  private output = "";

  private constructor(
    private readonly id: string,
    private readonly runtime: ChildProcess,
    private readonly plan: ContainerPlan,
  ) {
    for (const stream of [runtime.stdout, runtime.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    }
  }

  /**
   * Starts it; what it runs may not be ready yet.
   * @param volumes folders of this machine by the volume's path. @default new ones, which go with the folder
   */
  static async start(
    folder: string,
    plan: ContainerPlan,
    options: {
      readonly volumes?: Readonly<Record<string, string>>;
      readonly emulator?: Emulator | undefined;
    } = {},
  ): Promise<Container> {
    const volumes = options.volumes ?? newVolumes(folder, plan);
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify(runtimeConfig(plan, volumes, options.emulator)),
    );
    const id = `ghcr-${process.pid}-${Date.now()}`;
    const runtime = spawn("runc", ["run", "--bundle", folder, id], { stdio: ["ignore", "pipe", "pipe"] });
    try {
      await once(runtime, "spawn");
    } catch (cause) {
      throw runtimeMissing(cause);
    }
    return new Container(id, runtime, plan);
  }

  /** What it has printed so far. */
  get log(): string {
    return this.output;
  }

  get running(): boolean {
    return this.runtime.exitCode === null && this.runtime.signalCode === null;
  }

  /**
   * Asks it over HTTP, from within its network. Undefined where nobody answers.
   * @param port @default what the image exposes, or 8080
   */
  async ask(
    path: string,
    options: {
      readonly port?: number | undefined;
      readonly method?: string;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<ContainerAnswer | undefined> {
    const { port = this.plan.port ?? 8080, ...init } = options;
    const pid = await this.pid();
    if (pid === undefined) return undefined;
    const url = `http://127.0.0.1:${port}${path}`;
    const args = [`--net=/proc/${pid}/ns/net`, "--", process.execPath, "-e", asking];
    const { stdout } = await execute("nsenter", [...args, url, JSON.stringify(init)], { env: {} });
    return (JSON.parse(stdout) as ContainerAnswer | null) ?? undefined;
  }

  /** The kernel's view of its first process: proc(5), `status`. */
  async status(field: string): Promise<string> {
    const status = readFileSync(`/proc/${await this.pid()}/status`, "utf8");
    return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
  }

  /** Whether its root can't be written to: proc(5), `mountinfo`. */
  async rootIsReadOnly(): Promise<boolean> {
    const mounts = readFileSync(`/proc/${await this.pid()}/mountinfo`, "utf8").split("\n");
    const root = mounts.map((line) => line.split(" ")).find((fields) => fields[4] === "/");
    return root?.[5]?.split(",").includes("ro") ?? false;
  }

  /** SIGTERM, and SIGKILL where it takes longer than this many seconds. */
  async stop(seconds: number): Promise<ContainerEnd> {
    const begun = performance.now();
    const closed = this.running ? once(this.runtime, "close") : Promise.resolve();
    const signal = (name: string) => execute("runc", ["kill", this.id, name]).catch(() => undefined);
    await signal("TERM");
    const killed = await Promise.race([
      closed.then(() => false),
      delay(seconds * 1000, true, { ref: false }),
    ]);
    if (killed) await signal("KILL");
    await closed;
    await execute("runc", ["delete", "--force", this.id]).catch(() => undefined);
    return { code: this.runtime.exitCode, seconds: (performance.now() - begun) / 1000, killed };
  }

  /** Its first process; undefined before it runs and after it ended. */
  private async pid(): Promise<number | undefined> {
    const state = await execute("runc", ["state", this.id]).catch(() => undefined);
    if (state === undefined) return undefined;
    const { pid, status } = JSON.parse(state.stdout) as { pid: number; status: string };
    return status === "running" ? pid : undefined;
  }
}

/**
 * The emulator that this machine needs for an architecture as Go names it, `arm64`; undefined for its own.
 * @throws PlatformError where there is none
 */
export function emulatorFor(architecture: string): Emulator | undefined {
  const own = process.arch === "x64" ? "amd64" : process.arch;
  if (architecture === own) return undefined;
  const name = `qemu-${{ arm64: "aarch64", amd64: "x86_64" }[architecture] ?? architecture}-static`;
  const path = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
  if (path !== undefined) return { path };
  throw new PlatformError({
    code: "no-emulator",
    where: `linux/${architecture}`,
    problem: `this machine is ${own}, and ${name} is not on its path`,
    fix: "run it on a machine of that architecture, or install qemu-user-static",
  });
}

/** Prints status and body as JSON, or null where nobody answers. Arguments: address, fetch's options as JSON. */
const asking = `
fetch(process.argv[1], { ...JSON.parse(process.argv[2]), redirect: "manual", signal: AbortSignal.timeout(5000) })
  .then(async (answer) => ({ status: answer.status, body: await answer.text() }), () => null)
  .then((answer) => console.log(JSON.stringify(answer)));`;

function newVolumes(folder: string, { volumes, user }: ContainerPlan): Readonly<Record<string, string>> {
  return Object.fromEntries(
    volumes.map((path, index) => {
      const source = join(folder, `volume-${index}`);
      mkdirSync(source, { recursive: true, mode: 0o700 });
      chownSync(source, user.uid, user.gid);
      return [path, source];
    }),
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function runtimeMissing(cause: unknown): PlatformError {
  return new PlatformError(
    {
      code: "no-runtime",
      where: "runc",
      problem: "the container runtime can't be started",
      fix: "install runc; it comes with Docker and containerd",
    },
    { cause },
  );
}
