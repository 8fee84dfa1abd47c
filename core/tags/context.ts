/** The git context: all that tagging knows of a build. */

/** What brought a build about: GitHub's event names, and `development` for a developer's own push. */
export interface GitContext {
  /** GitHub's event (`push`, `pull_request`, `merge_group`, `workflow_dispatch`, …), or `development`. */
  readonly event: string;
  /** Full ref: `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/123/merge`. */
  readonly ref: string;
  /** The commit, 40 hexadecimal digits. */
  readonly sha: string;
  readonly defaultBranch: string;
  /** `<owner>/<name>` of the repository that the event is of. */
  readonly repository: string;
  /** Present for `pull_request`. */
  readonly pullRequest?: {
    readonly number: number;
    /** `<owner>/<name>` that the branch is in; another one than `repository` makes it a fork's. */
    readonly headRepository: string;
    /** GitHub's activity type: `opened`, `synchronize`, `reopened`, `closed`, … */
    readonly action: string;
  };
  /** Who a developer's own push is named after. */
  readonly actor?: string;
}
