/** Runs an image of this machine's architecture with runc, as strictly as a careful cluster would. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../sandbox/ports";

/** An image's configuration, as far as a runtime needs it: OCI image specification, "Image Configuration". */
export interface ImageConfig {
  readonly architecture: string;
  readonly created: string;
  readonly config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly WorkingDir?: string;
    readonly Volumes?: Readonly<Record<string, object>>;
  };
}

/** Read-only root, the image's own user, no capabilities, no new privileges; the network is the machine's. */
export class Container {
  readonly log: string[] = [];
  private constructor(
    private readonly folder: string,
    private readonly id: string,
    private readonly process: ChildProcess,
    readonly url: string,
  ) {
    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => this.log.push(text));
    }
  }

  /** Unpacks the layers (paths of tar archives, lowest first) and starts the image's entry point. */
  static async start(image: ImageConfig, layers: readonly string[]): Promise<Container> {
    const folder = mkdtempSync(join(tmpdir(), "container-"));
    const rootfs = join(folder, "rootfs");
    mkdirSync(rootfs);
    for (const layer of layers) execFileSync("tar", ["-xf", layer, "-C", rootfs]);
    const port = await freePort();
    writeFileSync(join(folder, "config.json"), JSON.stringify(runtimeConfig(image, folder, port)));
    const id = `ghcr-platform-test-${process.pid}-${port}`;
    const runtime = spawn("runc", ["run", "--bundle", folder, id], { stdio: ["ignore", "pipe", "pipe"] });
    await once(runtime, "spawn");
    return new Container(folder, id, runtime, `http://127.0.0.1:${port}`);
  }

  /** Resolves once it answers there; throws with its log if it ends before. */
  async ready(path: string): Promise<Response> {
    while (this.process.exitCode === null) {
      const response = await fetch(this.url + path).catch(() => undefined);
      if (response) return response;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the container ended with ${this.process.exitCode}:\n${this.log.join("")}`);
  }

  /** The kernel's view of its first process: proc(5), status. */
  status(field: string): string {
    const { pid } = JSON.parse(execFileSync("runc", ["state", this.id], { encoding: "utf8" })) as {
      pid: number;
    };
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(status)?.[1] ?? "";
  }

  /** Whether its root file system can be written to, tried from inside its mount namespace. */
  rootIsReadOnly(): boolean {
    const { pid } = JSON.parse(execFileSync("runc", ["state", this.id], { encoding: "utf8" })) as {
      pid: number;
    };
    const root = readFileSync(`/proc/${pid}/mountinfo`, "utf8")
      .split("\n")
      .map((line) => line.split(" "))
      .find((fields) => fields[4] === "/");
    return root?.[5]?.split(",").includes("ro") ?? false;
  }

  /** SIGTERM; resolves to the exit code. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode === null) {
      execFileSync("runc", ["kill", this.id, "TERM"]);
      await once(this.process, "close");
    }
    rmSync(this.folder, { recursive: true, force: true });
    return this.process.exitCode;
  }
}

/** OCI runtime specification 1.0, config.md. */
function runtimeConfig({ config }: ImageConfig, folder: string, port: number): object {
  const [uid, gid] = config.User.split(":").map(Number);
  const volumes = Object.keys(config.Volumes ?? {}).map((destination, index) => {
    const source = join(folder, `volume-${index}`);
    mkdirSync(source);
    chownSync(source, uid ?? 0, gid ?? 0);
    return { destination, type: "bind", source, options: ["bind", "rw"] };
  });
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: false,
      user: { uid, gid },
      args: config.Entrypoint,
      env: [...config.Env.filter((entry) => !entry.startsWith("PORT=")), `PORT=${port}`, "HOST=127.0.0.1"],
      cwd: config.WorkingDir === undefined || config.WorkingDir === "" ? "/" : config.WorkingDir,
      capabilities: {},
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      ...volumes,
    ],
    linux: { namespaces: ["pid", "mount", "ipc", "uts"].map((type) => ({ type })) },
  };
}
