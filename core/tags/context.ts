/** The git context: all that tagging knows of a build. */

export interface GitContext {
  /** GitHub's event (`push`, `pull_request`, `merge_group`, `workflow_dispatch`, …), or `development`. */
  readonly event: string;
  /** Full ref: `refs/heads/main`, `refs/tags/v1.2.3`, `refs/pull/123/merge`. */
  readonly ref: string;
  /** The commit that the service is built from, 40 hexadecimal digits in lower case. */
  readonly sha: string;
  /** Short name of the repository's default branch, e.g. `main`. */
  readonly defaultBranch: string;
  /** `<owner>/<name>` of the repository that the event is of. */
  readonly repository: string;
  /** Needed for `pull_request`, unread for every other event. */
  readonly pullRequest?: PullRequestContext;
  /** Login or name of who made the event; a developer's own tag is named after it. */
  readonly actor?: string;
  /** Committer's time of `sha`. Labels hold it; no tag depends on it, so that a build tomorrow has the same. */
  readonly time?: Date;
}

export interface PullRequestContext {
  readonly number: number;
  /**
   * `<owner>/<name>` that its branch is in; any other than `repository` makes it a fork's. Undefined or empty
   * where GitHub says `null`, because the fork was deleted.
   */
  readonly headRepository: string | undefined;
  /** GitHub's activity type: `opened`, `synchronize`, `reopened`, `closed`, … */
  readonly action: string;
}
