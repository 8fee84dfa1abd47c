/** Releases of the actions that rendered workflows use. */
import { Octokit } from "@octokit/rest";

/** A release as GitHub tells of it. */
export interface PublishedRelease {
  readonly tag: string;
  readonly publishedAt: Date;
  /** Neither a draft nor a pre-release. */
  readonly stable: boolean;
}

/** What is asked of GitHub; a test answers itself. */
export interface ActionReleases {
  releases(repository: string): Promise<readonly PublishedRelease[]>;
  /** The commit that a tag names, through an annotated tag. */
  commitOf(repository: string, tag: string): Promise<string>;
}

/** GitHub's own answers; a token only raises the rate limit. */
export function gitHubReleases(token: string | undefined): ActionReleases {
  const octokit = new Octokit(token === undefined ? {} : { auth: token });
  return {
    async releases(repository) {
      const { data } = await octokit.repos.listReleases({ ...named(repository), per_page: 100 });
      return data.map(({ tag_name, published_at, draft, prerelease }) => ({
        tag: tag_name,
        publishedAt: new Date(published_at ?? Number.POSITIVE_INFINITY),
        stable: !draft && !prerelease,
      }));
    },
    async commitOf(repository, tag) {
      const { data } = await octokit.repos.getCommit({ ...named(repository), ref: `refs/tags/${tag}` });
      return data.sha;
    },
  };
}

function named(repository: string): { owner: string; repo: string } {
  const [owner = "", repo = ""] = repository.split("/");
  return { owner, repo };
}
