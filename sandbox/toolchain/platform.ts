/** The machine that tools are needed for. */
import { PlatformError } from "../../core/errors";

/** Operating system and architecture in Go's words, which release files use too. */
export interface Platform {
  readonly os: "linux" | "darwin";
  readonly arch: "amd64" | "arm64";
}

/** `linux-amd64`, the key of a platform in `releases.json`. */
export type PlatformKey = `${Platform["os"]}-${Platform["arch"]}`;

export function platformKey({ os, arch }: Platform): PlatformKey {
  return `${os}-${arch}`;
}

const OS: Readonly<Record<string, Platform["os"]>> = { linux: "linux", darwin: "darwin" };
const ARCH: Readonly<Record<string, Platform["arch"]>> = { x64: "amd64", arm64: "arm64" };

/** This machine; `os` and `arch` as Node's `process` names them. PlatformError where no tool is made for it. */
export function currentPlatform(os: string = process.platform, arch: string = process.arch): Platform {
  const known = { os: OS[os], arch: ARCH[arch] };
  if (known.os !== undefined && known.arch !== undefined) return { os: known.os, arch: known.arch };
  throw new PlatformError({
    code: "unsupported-platform",
    where: "this machine",
    problem: "the tools are made for Linux and macOS on x64 and arm64",
    got: `${os} on ${arch}`,
    fix: "run it in a Linux virtual machine or container",
  });
}
