/** What `container-publish.yml` is rendered from. */
import type { Signing } from "../../evidence";
import type { HealthDeclaration } from "../../fleet";
import type { Exception } from "../../scan";
import type { PlatformOptions } from "./ghcr-command";

export interface ContainerPublishOptions extends PlatformOptions {
  readonly registry: string;
  readonly services: readonly [WorkflowService, ...WorkflowService[]];
  readonly defaultBranch: string;
  /** Whether what scans find goes to GitHub's code scanning. @default false */
  readonly codeScanning?: boolean;
  /** A native runner for each platform. @default GitHub's own */
  readonly runners?: Readonly<Record<string, string>>;
  /** References of the scanner's vulnerability database. @default Trivy's own */
  readonly vulnerabilityDatabase?: string | undefined;
}

/** A service as it is declared; `core/fleet`'s `Service` is one. */
export interface WorkflowService {
  readonly name: string;
  readonly path: string;
  readonly dockerfile: string;
  readonly platforms: readonly string[];
  readonly description?: string | undefined;
  readonly licenses?: string | undefined;
  /** @default GET `/healthz` */
  readonly health?: HealthDeclaration | false;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** @default none */
  readonly exceptions?: readonly Exception[];
  /** Why the image holds no operating system. @default it holds one */
  readonly staticImage?: string | undefined;
  /** How the image and its provenance are signed. @default `none` */
  readonly signing?: Signing;
}
