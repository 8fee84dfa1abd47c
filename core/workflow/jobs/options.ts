/** What `container-publish.yml` is rendered from. */

export interface ContainerPublishOptions {
  /** Login of the organization or user account. */
  readonly owner: string;
  /** Name of the repository that the workflow is in. */
  readonly repository: string;
  /** Name of the platform's repository, which the `ghcr` command comes from. */
  readonly platformRepository: string;
  /**
   * The commit or tag of the platform's repository whose `ghcr` command is run. In that repository itself it is
   * what its default branch has accepted.
   */
  readonly platformRef?: string;
  readonly registry: string;
  readonly services: readonly [WorkflowService, ...WorkflowService[]];
  readonly defaultBranch: string;
  /** A native runner for each platform. @default GitHub's own */
  readonly runners?: Readonly<Record<string, string>>;
}

/** A service as it is declared; `core/fleet`'s `Service` is one. */
export interface WorkflowService {
  readonly name: string;
  readonly path: string;
  readonly dockerfile: string;
  readonly platforms: readonly string[];
  readonly description?: string | undefined;
  readonly licenses?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>>;
}
