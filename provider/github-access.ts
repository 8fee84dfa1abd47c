/** How files are written: with which of the tokens, at which pace. One for a provider process, made when it is needed. */
import { installationToken, type AppSignIn } from "../clients/app-token";
import { GitData } from "../clients/git-data";
import { GitHubCalls } from "../clients/github-calls";
import { impatientClock } from "../clients/github-limits";
import { PlatformError } from "../core/errors";

export interface GitHubAccessOptions {
  /** Base URL of GitHub's REST API. */
  readonly githubUrl: string;
  /** May write contents and workflows. A secret. Undefined: nothing is asked, unless an app signs in. */
  readonly token: string | undefined;
  readonly app: AppSignIn | undefined;
  readonly writeDelayMs: number;
  readonly signal: AbortSignal;
  /** Told before a wait. */
  readonly onWait: (milliseconds: number, why: string) => void;
}

/** The longest that GitHub's limits ask for, in milliseconds; an update waits so long, and is better than half of one. */
const longestPause = 3_700_000;

export interface GitHubAccess {
  github(): GitHubCalls;
  git(repository: string): GitData;
  pause(milliseconds: number): Promise<void>;
}

export function githubAccess(options: GitHubAccessOptions): GitHubAccess {
  const { githubUrl, app, writeDelayMs, signal, onWait } = options;
  const clock = impatientClock(longestPause, signal);
  const token = app === undefined ? options.token : installationToken(githubUrl, app, { clock });
  let calls: GitHubCalls | undefined;
  const github = (): GitHubCalls => {
    if (token === undefined) {
      throw new PlatformError({
        code: "no-github-token",
        where: "provider ghcr",
        problem: "has no token that may write files",
        fix: "export GITHUB_TOKEN, or set githubToken or githubApp, with the right to write contents and workflows",
      });
    }
    return (calls ??= new GitHubCalls({ githubUrl, token, writeDelayMs, clock, onWait }));
  };
  return {
    github,
    git: (repository) => new GitData(github(), repository),
    pause: (milliseconds) => clock.pause(milliseconds),
  };
}
