/**
 * What a service team writes: plain, typed data. A declaration decides which resources exist, so nothing in it
 * is a Pulumi `Input`; values of secrets are never part of it (they come from the stack's configuration).
 */

import type { Signing } from "../evidence";
import type { RequirableKind } from "../promotion";
import type { Exception } from "../scan";
import type {
  BaseImageUpdatesDeclaration,
  BranchRulesDeclaration,
  RepositoryDeclaration,
  ReviewersDeclaration,
  Visibility,
} from "./repository-declaration";

export * from "./repository-declaration";

/** A platform that an image is built for, `os/architecture` as the OCI image specification names them. */
export type DeclaredPlatform = "linux/amd64" | "linux/arm64";

/** One service whose image is published. Only `name` is required. */
export interface ServiceDeclaration {
  /** Lower-case letters, digits and single hyphens; it becomes the last part of the image's name. */
  readonly name: string;
  /**
   * Names that it had, as `ghcr rename` writes them: its resources are the same under the new one. Kept until an
   * update of every stack has been through; taken out earlier, what only had the old name is made anew. @default none
   */
  readonly formerNames?: readonly string[];
  /** One line for people; the image's `org.opencontainers.image.description`. @default none */
  readonly description?: string;
  /** SPDX expression, the image's `org.opencontainers.image.licenses`. @default the repository's */
  readonly licenses?: string;
  /**
   * The group whose stack declares it: lower-case letters, digits, hyphens. Groups have a state, and so rights and
   * a pace of writing, of their own; about 50 services in one are a good size. Changing it takes
   * `ghcr move` as well, or one stack deletes what the other creates. @default none: the default stack
   */
  readonly group?: string;
  /** Where the service's source lies. @default `services/<name>` in the platform's own repository */
  readonly source?: ServiceSource;
  /** Path of the Dockerfile below the service's path. @default `Dockerfile` */
  readonly dockerfile?: string;
  /** @default both. Dropping one ends it with the next publish; images that exist keep theirs. */
  readonly platforms?: readonly DeclaredPlatform[];
  /**
   * The runtime that the Dockerfile's `BASE_IMAGE` argument stands for. Where the stack's `baseImages` names an
   * image for it, that one is passed; otherwise the Dockerfile's own default, pinned by digest, is used.
   * @default none: the Dockerfile takes no `BASE_IMAGE`
   */
  readonly runtime?: "python" | "node";
  /** Further build arguments. Never secrets: they end in the image's history. @default none */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /**
   * How the container of each platform is tried before a tag points at the image: what it answers to. `false`: it
   * listens nowhere, and only has to keep running or to end well. @default GET `/healthz`
   */
  readonly health?: HealthDeclaration | false;
  /**
   * Who builds: `up` (`pulumi up`, where the source is at hand, and the workflow on pushes) or `workflow` alone.
   * @default `up` for a service in the platform's repository, else `workflow`
   */
  readonly publish?: "up" | "workflow";
  /** Who is meant to see the package; GitHub's API can't set it, so a difference is reported. @default `private` */
  readonly visibility?: Visibility;
  /**
   * Vulnerabilities that may pass the gate for a while: the ledger, and the one place for them. An image with a
   * critical or high vulnerability that has a fix gets no tag otherwise. @default none
   */
  readonly exceptions?: readonly Exception[];
  /**
   * Says that the image holds no operating system, as one `FROM scratch` with a static binary, and why. Without
   * this an image in which the scanner finds no packages of one gets no tag. @default there is an operating system
   */
  readonly staticImage?: { readonly reason: string };
  /**
   * How the workflow signs image and provenance. `keyless` writes the names of repository, workflow and ref to
   * Sigstore's public log, where they stay. Images of `pulumi up` are signed where its machine names a key
   * (GHCR_SIGNING_KEY). @default `keyless` where `visibility` is `public`, else `none`
   */
  readonly signing?: Signing;
  /** How long images are kept. @default the fleet's */
  readonly retention?: RetentionDeclaration;
  /** Names of Actions secrets; their values come from the stack's secret `secrets`. @default none */
  readonly secrets?: readonly string[];
  /** Actions variables: plain text. @default none */
  readonly variables?: Readonly<Record<string, string>>;
  /** Deployment environments by name, in promotion order. @default none */
  readonly environments?: Readonly<Record<string, EnvironmentDeclaration>>;
  /** What moves them, and what an image must show before. @default the fleet's */
  readonly promotion?: PromotionDeclaration;
}

/** What a healthy container answers to, with a status below 400. */
export interface HealthDeclaration {
  /** @default `/healthz` */
  readonly path?: string;
  /** @default the lowest port that the image exposes */
  readonly port?: number;
  /** Environment that it needs to start. Never secrets: it stands in the workflow file. @default none */
  readonly env?: Readonly<Record<string, string>>;
}

/** Where a service's source lies. */
export interface ServiceSource {
  /** The repository's settings. @default the platform's own repository, which several services share */
  readonly repository?: RepositoryDeclaration;
  /** The service's folder in it. @default `services/<name>` in the platform's repository, `.` elsewhere */
  readonly path?: string;
}

/** The platform's own repository, which has a `renovate.json` of its own. */
export interface PlatformDeclaration extends Omit<RepositoryDeclaration, "baseImageUpdates"> {
  /**
   * The release whose `ghcr` command every rendered workflow runs; `make release` makes one and writes it here.
   * Another one changes the workflow files of all repositories, and nothing else. @default none: workflows build
   * the command from what the platform's default branch has accepted
   */
  readonly release?: PlatformRelease | null;
}

/** A release of the platform: a commit that holds the `ghcr` command as one file, ready to run. */
export interface PlatformRelease {
  /** Without a `v`, e.g. `1.4.0`; its tag is `platform-v1.4.0`. */
  readonly version: string;
  /** 40 hexadecimal digits: the commit itself, which can't be moved as a tag can. */
  readonly commit: string;
  /**
   * Its subcommands with their flags, as `ghcr commands --json` prints them. A workflow that calls anything else isn't
   * rendered. @default not known: whatever the workflows call is taken for known
   */
  readonly commands?: Readonly<Record<string, string>>;
}

/** A GitHub deployment environment with its protection. */
export interface EnvironmentDeclaration {
  /** Up to 6 reviewers, one of whom must approve: GitHub user or team ids. Plan-dependent. @default none */
  readonly reviewers?: ReviewersDeclaration;
  /** Minutes that a deployment waits, 0 to 43,200. @default 0 */
  readonly waitMinutes?: number;
  /** Whether who started a deployment may approve it. @default false where reviewers are named */
  readonly selfReview?: boolean;
  /** Which refs may deploy: branches under rules, patterns, or all. @default `protected` */
  readonly refs?:
    "protected" | "all" | { readonly branches?: readonly string[]; readonly tags?: readonly string[] };
  /** Whether administrators may deploy past its protection. @default false */
  readonly adminsBypass?: boolean;
  /** Names of this environment's secrets. @default none */
  readonly secrets?: readonly string[];
  /** This environment's variables: plain text. @default none */
  readonly variables?: Readonly<Record<string, string>>;
}

/** One value for all environments, or one by the environment's name; those not named have the fleet's. */
export type PerEnvironment<T> = T | Readonly<Record<string, T>>;

/** What moves a service's environments, and what an image must show before one moves to it. */
export interface PromotionDeclaration {
  /**
   * Days that the gate's result counts, 1 to 3650. An image whose scan is older is scanned again, and the environment
   * moves only if it passes. @default 7
   */
  readonly maxScanAge?: PerEnvironment<number>;
  /**
   * What is verified beside the gate's result: that the workflow of the service's repository, on its default branch or
   * a release, signed the image (`signature`); that it said how the image was built (`provenance`, signed too where
   * `signing` is `keyless`); that every platform has its SBOM (`sbom`). An image without it is refused. @default nothing
   */
  readonly require?: PerEnvironment<readonly RequirableKind[]>;
  /**
   * Which environments a release that is published on GitHub moves to the image of its version: `true` the first one, a
   * name all up to that one, each after the one before and with its own reviewers; none goes back to a lower version. Of
   * the source repository's tags `v1.2.3`; a pre-release moves the first only. Each must let tags deploy
   * (`refs: { tags: ["v*"] }`). @default false: by hand only
   */
  readonly onRelease?: boolean | string;
}

/** How long the images of a package are kept; what no line covers is kept. */
export interface RetentionDeclaration {
  /** Newest images of `latest`'s line (`sha-<7>`) that stay, at least 1. @default 20 */
  readonly keepBuilds?: number;
  /** Days that a pull request's tag stays after the pull request closed. @default 7 */
  readonly pullRequestDays?: number;
  /** Days that a developer's tag stays. @default 14 */
  readonly developmentDays?: number;
  /** Days that an untagged version stays. @default 7 */
  readonly untaggedDays?: number;
}

/**
 * `pulumi up` and the check for drift as workflows of the platform's repository. Each runs in a deployment environment
 * of its own, `infrastructure` and `infrastructure-drift`, whose secrets are set by hand: PLATFORM_GITHUB_TOKEN (for
 * drift one that can only read) and those named here.
 */
export interface AutomationDeclaration {
  /** Where the stack's state lies, as for `pulumi login`: `s3://…`, `azblob://…`, `gs://…`, `https://api.pulumi.com`. */
  readonly stateUrl: string;
  /**
   * Names of the secrets that open the state and what is encrypted in it, each handed to Pulumi as the variable of that
   * name, e.g. `PULUMI_CONFIG_PASSPHRASE`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `PULUMI_ACCESS_TOKEN`.
   */
  readonly stateSecrets: readonly string[];
  /** Who must approve each `pulumi up`; up to 6 GitHub user or team ids. @default nobody */
  readonly reviewers?: EnvironmentDeclaration["reviewers"];
  /** When drift is looked for, as a cron line in UTC. @default `17 5 * * *` */
  readonly driftSchedule?: string;
}

/** Everything that one owner publishes. */
export interface FleetDeclaration {
  /** The platform's own repository. */
  readonly platform: PlatformDeclaration;
  /** @default none: `pulumi up` is run by hand, and nobody looks for drift */
  readonly automation?: AutomationDeclaration;
  /** Every service; order carries no meaning. `where` names the file, for errors. */
  readonly services: readonly { readonly where: string; readonly declaration: ServiceDeclaration }[];
  /** What a service or repository that says nothing gets. */
  readonly defaults?: {
    readonly platforms?: readonly DeclaredPlatform[];
    readonly retention?: RetentionDeclaration;
    readonly promotion?: PromotionDeclaration;
    readonly rules?: BranchRulesDeclaration;
    /** Of repositories that services have of their own. */
    readonly baseImageUpdates?: BaseImageUpdatesDeclaration;
  };
}

/** Types a declaration and returns it as it is: completion and errors appear where it is written. */
export function defineService(declaration: ServiceDeclaration): ServiceDeclaration {
  return declaration;
}
