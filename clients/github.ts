/** What the platform asks of GitHub's REST API by itself; everything else goes through the Pulumi provider. */
import pRetry, { AbortError } from "p-retry";
import type { Fault } from "../core/errors";
import { parseJson } from "../core/json";
import { rights, rightText } from "../core/rights";

export interface TokenQuestion {
  /** Base URL of the REST API, e.g. `https://api.github.com/`. */
  readonly githubUrl: string;
  /** Undefined where a GitHub App signs in, whose rights GitHub shows the app alone: `readApp`. */
  readonly token: string | undefined;
  readonly owner: string;
  /** Name of the platform's own repository. */
  readonly repository: string;
}

/** Scopes of a classic token: https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps */
const classicScopes = ["repo", "workflow"] as const;

/**
 * Reads that a fine-grained token is refused without a permission. What only a write could show (`write` against
 * `read`, `Workflows`) can't be seen without changing something, nor can what is read of an environment's inside
 * before there is one. https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
 */
const shownBy: Readonly<Record<string, string>> = {
  administration: "actions/permissions",
  contents: "contents/",
  actions: "environments",
  secrets: "actions/secrets",
  actions_variables: "actions/variables",
};

const tokenPage = "https://github.com/settings/tokens";

/**
 * What a token lacks for `pulumi up`, before anything is created. Costs one request for a classic token, one
 * more a right for others. Never throws for an answer of GitHub's; the token is in no fault.
 */
export async function tokenFaults(question: TokenQuestion): Promise<Fault[]> {
  if (question.token === undefined) return [];
  const user = await ask(question, "user");
  if ("fault" in user) return [user.fault];
  if (user.status === 401) {
    return [
      {
        code: "token-refused",
        where: "GITHUB_TOKEN",
        problem: `GitHub refuses the token (401 from ${new URL(question.githubUrl).host})`,
        fix: `make a new one at ${tokenPage} and export it as GITHUB_TOKEN`,
      },
    ];
  }
  const scopes = user.headers.get("x-oauth-scopes");
  return scopes === null ? missingPermissions(question) : missingScopes(scopes);
}

function missingScopes(header: string): Fault[] {
  const held = header.split(",").map((scope) => scope.trim());
  return classicScopes
    .filter((scope) => !held.includes(scope))
    .map((scope) => ({
      code: "token-lacks-right",
      where: "GITHUB_TOKEN",
      problem: `the token lacks the scope "${scope}"`,
      got: held.join(", "),
      fix: `add it at ${tokenPage}`,
    }));
}

async function missingPermissions(question: TokenQuestion): Promise<Fault[]> {
  const home = `repos/${question.owner}/${question.repository}`;
  const answers = await Promise.all(
    rights.flatMap((right) => {
      const path = shownBy[right.permission];
      if (path === undefined) return [];
      return [ask(question, `${home}/${path}`).then((answer) => ({ right, answer }))];
    }),
  );
  return answers.flatMap(({ right, answer }) => {
    if ("fault" in answer) return [answer.fault];
    if (answer.status !== 403) return [];
    return [
      {
        code: "token-lacks-right",
        where: "GITHUB_TOKEN",
        problem: `the token lacks the repository permission "${rightText(right)}"`,
        fix: `add it at ${tokenPage}, for every repository that the platform declares`,
      },
    ];
  });
}

/** GitHub's answer, whatever its status; `body` is undefined where it is no JSON. */
export type Answer =
  { readonly status: number; readonly headers: Headers; readonly body: unknown } | { readonly fault: Fault };

/** Asks once more where that may help; never throws for an answer of GitHub's. */
export async function ask(
  { githubUrl, token }: Pick<TokenQuestion, "githubUrl" | "token">,
  path: string,
): Promise<Answer> {
  const url = new URL(path, githubUrl.endsWith("/") ? githubUrl : `${githubUrl}/`);
  try {
    const response = await pRetry(
      async () => {
        const answer = await fetch(url, {
          headers: {
            authorization: `Bearer ${token}`,
            accept: "application/vnd.github+json",
            "x-github-api-version": "2022-11-28",
            "user-agent": "ghcr-platform",
          },
          signal: AbortSignal.timeout(10_000),
        });
        const text = await answer.text();
        if (answer.status >= 500) throw new Error(`status ${answer.status}`);
        return { status: answer.status, headers: answer.headers, body: parseJson(text) };
      },
      // Nobody listens: asking again would only make the person wait for the same answer.
      {
        retries: 2,
        minTimeout: 200,
        shouldRetry: (error) => !refused(error) && !(error instanceof AbortError),
      },
    );
    return response;
  } catch (error) {
    return {
      fault: {
        code: "github-unreachable",
        where: "ghcr-platform:githubUrl",
        problem: `GitHub's API can't be reached (${reason(error)})`,
        got: githubUrl,
        fix: "check the address and the network; in the sandbox, `make up` starts the stand-in again",
      },
    };
  }
}

function refused(error: unknown): boolean {
  return error instanceof Error && reason(error).includes("ECONNREFUSED");
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const cause = error.cause as { code?: string } | undefined;
  return cause?.code ?? error.message;
}
