/**
 * How an image's container is started to be tried: as strictly as a careful cluster would. OCI image specification
 * 1.1, config.md and conversion.md; OCI runtime specification 1.0.2, config.md.
 */
import { PlatformError } from "../errors";
import type { ImageConfig } from "./documents";

/** What of an image's configuration starts its container. */
export interface ContainerPlan {
  readonly user: { readonly uid: number; readonly gid: number };
  /** The program with its arguments. */
  readonly args: readonly string[];
  /** `NAME=value` lines. */
  readonly env: readonly string[];
  readonly folder: string;
  /** Folders that keep what is written to them. */
  readonly volumes: readonly string[];
  /** The lowest TCP port that the image exposes. */
  readonly port: number | undefined;
}

/** A program that runs another architecture's: bound into the container, with the container's own as argument. */
export interface Emulator {
  /** Its path on this machine; it must need no library. */
  readonly path: string;
}

/**
 * @param where the image, for messages
 * @param env variables that are set beside the image's, or instead of its
 * @throws PlatformError where the user is no number other than 0, or nothing is to be started
 */
export function containerPlan(
  where: string,
  { config = {} }: ImageConfig,
  env: Readonly<Record<string, string>> = {},
): ContainerPlan {
  const user = /^([1-9]\d*)(?::(\d+))?$/.exec(config.User ?? "");
  const args = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const faults = [
    ...(user !== null
      ? []
      : [
          {
            code: "root-user",
            where,
            problem: "the user must be a number other than 0",
            got: config.User ?? "",
            fix: "name one as USER in the Dockerfile",
          },
        ]),
    ...(args.length > 0
      ? []
      : [
          {
            code: "no-command",
            where,
            problem: "the image names no program to start",
            fix: "give its Dockerfile an ENTRYPOINT",
          },
        ]),
  ];
  if (faults.length > 0) throw new PlatformError(faults);
  const uid = Number(user?.[1]);
  const kept = (config.Env ?? []).filter((line) => !Object.hasOwn(env, line.slice(0, line.indexOf("="))));
  return {
    user: { uid, gid: Number(user?.[2] ?? uid) },
    args,
    env: [...kept, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
    folder: config.WorkingDir || "/",
    volumes: Object.keys(config.Volumes ?? {}).sort(),
    port: exposedPorts(Object.keys(config.ExposedPorts ?? {}))[0],
  };
}

/**
 * A runtime's `config.json`: read-only root, the image's own user, no capability, no new privilege, a network of its
 * own that leads nowhere; `/tmp` and the volumes can be written to.
 * @param volumes folder on this machine of each volume
 */
export function runtimeConfig(
  plan: ContainerPlan,
  volumes: Readonly<Record<string, string>>,
  emulator?: Emulator,
): object {
  const inside = "/.emulator";
  const readOnly = ["bind", "ro", "nosuid", "nodev"];
  return {
    ociVersion: "1.0.2",
    hostname: "container",
    process: {
      terminal: false,
      user: plan.user,
      args: emulator === undefined ? plan.args : [inside, ...plan.args],
      env: plan.env,
      cwd: plan.folder,
      capabilities: {},
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      {
        destination: "/dev",
        type: "tmpfs",
        source: "tmpfs",
        options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
      },
      {
        destination: "/tmp",
        type: "tmpfs",
        source: "tmpfs",
        options: ["nosuid", "nodev", "mode=1777", "size=65536k"],
      },
      ...Object.entries(volumes).map(([destination, source]) => {
        return { destination, type: "bind", source, options: ["bind", "rw", "nosuid", "nodev"] };
      }),
      ...(emulator === undefined
        ? []
        : [{ destination: inside, type: "bind", source: emulator.path, options: readOnly }]),
    ],
    linux: {
      namespaces: ["pid", "mount", "ipc", "uts", "network"].map((type) => ({ type })),
      maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/sysrq-trigger"],
      readonlyPaths: ["/proc/sys"],
    },
  };
}

function exposedPorts(declared: readonly string[]): readonly number[] {
  return declared
    .flatMap((port) => /^(\d+)(?:\/tcp)?$/.exec(port)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}
