/**
 * Requests to GitHub Packages: within the limits, read again where that may help, with every answer as a type, and
 * without the token in any message.
 */
import { PlatformError } from "../core/errors";
import type { GitHubLimits } from "./github-limits";
import { GitHubRequests, type Answer, type RequestOptions } from "./github-requests";

export interface CallOptions extends Pick<RequestOptions, "githubUrl" | "fetch" | "answers"> {
  readonly token: string;
  readonly owner: string;
  readonly name: string;
}

/** What became of a deletion or a restoration that was sent once. */
export type Deed =
  | { readonly outcome: "done" }
  /** 404: nothing there to do it to, or no right to do it; a read tells them apart. */
  | { readonly outcome: "not-found" }
  /** Refused for good, with GitHub's words. */
  | { readonly outcome: "refused"; readonly words: string }
  /** 401 or 403: the token may not. */
  | { readonly outcome: "denied"; readonly words: string }
  /** Not done because of a rate limit; pause so many milliseconds. */
  | { readonly outcome: "limited"; readonly pause: number }
  /** Done or not: the answer was lost, or GitHub failed. */
  | { readonly outcome: "unsure"; readonly why: string };

/** Requests of one package, within the limits. */
export class PackageCalls {
  private readonly requests: GitHubRequests;

  constructor(
    private readonly options: CallOptions,
    limits: GitHubLimits,
  ) {
    const whenLost = "run it again later; everything that was done is recorded";
    this.requests = new GitHubRequests({ ...options, whenLost }, limits);
  }

  /** How many were sent. */
  get count(): number {
    return this.requests.count;
  }

  /** A read, tried again where that may help; undefined: 404. */
  async read(path: string): Promise<Answer | undefined> {
    const answer = await this.requests.settled(() => this.requests.send("GET", path), true);
    if (answer.status === 200) return answer;
    if (answer.status === 404) return undefined;
    throw this.denied(answer);
  }

  async deed(method: "DELETE" | "POST", path: string): Promise<Deed> {
    const answer = await this.requests.send(method, path);
    if ("lost" in answer) return { outcome: "unsure", why: answer.lost };
    const { status, words } = answer;
    if (status < 300) return { outcome: "done" };
    if (answer.limited) return { outcome: "limited", pause: this.requests.pauseAfter(answer) };
    if (status === 404) return { outcome: "not-found" };
    if (status === 401 || status === 403) return { outcome: "denied", words };
    if (status >= 500 || status === 408) return { outcome: "unsure", why: `status ${status}` };
    return { outcome: "refused", words };
  }

  private denied({ status, words }: Answer): PlatformError {
    return new PlatformError({
      code: "github-denied",
      where: `${this.options.owner}/${this.options.name}`,
      problem: `GitHub refuses to show it (${status}: ${words})`,
      fix: "use a classic token or a workflow's GITHUB_TOKEN with read:packages; fine-grained tokens don't do",
    });
  }
}
