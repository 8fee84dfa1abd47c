import type { ImageExport } from "../../core/publish";
import { dockerConfig, type RegistryLogin } from "../registry-login";

/** A running BuildKit. */
export interface Builder {
  readonly kind: "buildkitd" | "docker";
  /** Endpoint for buildx's driver `remote` and for buildctl, e.g. `unix:///run/…/buildkitd.sock`. */
  readonly address: string;
  /** BUILDX_CONFIG of a process that is to find the builder by name. */
  readonly buildxConfig: string;
  /** Its name in there. Not `ghcr-platform`: that one the stack declares. */
  readonly buildxName: string;
  /** What it builds for, e.g. `linux/arm64`; nothing is run for a platform that isn't the machine's. */
  readonly platforms: readonly string[];
  /** Builds a Dockerfile and pushes what comes out. Throws with the end of BuildKit's output if that fails. */
  build(request: BuildRequest): Promise<BuiltImage>;
}

export interface BuildRequest extends ImageExport {
  /** Folder of the build context. */
  readonly context: string;
  /** Path of the Dockerfile below it. @default `Dockerfile` */
  readonly dockerfile?: string;
  /** Labels of each platform's configuration. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly platforms: readonly string[];
  readonly buildArgs?: Readonly<Record<string, string>>;
  /**
   * Unix time that no timestamp in the image is later than, so that the same input gives the same digest
   * whenever it is built.
   */
  readonly sourceDateEpoch: number;
  /** Signs in to the registry that is pushed to. @default none, or what the machine has */
  readonly login?: RegistryLogin;
  /** Takes nothing from earlier builds. @default false */
  readonly noCache?: boolean;
}

export interface BuiltImage {
  /** Digest of the image index. */
  readonly digest: string;
}

export const BUILDX_NAME = "ghcr-platform-sandbox";

/** The sandbox's platforms: those that there are base images for. */
export const BUILD_PLATFORMS: readonly string[] = ["linux/amd64", "linux/arm64"];

/** Environment of the client that builds: Docker's own way to hand over a sign-in without a file. */
export function loginEnvironment({ login }: BuildRequest): Record<string, string> {
  return login === undefined ? {} : { DOCKER_AUTH_CONFIG: dockerConfig(login) };
}

/** Build arguments with SOURCE_DATE_EPOCH, which BuildKit knows without a declaration. */
export function buildArguments({ buildArgs, sourceDateEpoch }: BuildRequest): [string, string][] {
  return Object.entries({ ...buildArgs, SOURCE_DATE_EPOCH: String(sourceDateEpoch) });
}
