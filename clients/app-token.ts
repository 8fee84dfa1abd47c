/** Tokens of a GitHub App's installation: made from its private key, kept for as long as they last. */
import { createSign } from "node:crypto";
import { z } from "zod";
import { PlatformError } from "../core/errors";
import { GitHubCalls } from "./github-calls";
import { realClock, type Clock } from "./github-limits";

export interface AppSignIn {
  /** The app's id, or its client id. */
  readonly id: string;
  readonly installationId: string;
  /** Private key, PEM. A secret. */
  readonly key: string;
}

const answerSchema = z.object({ token: z.string(), expires_at: z.iso.datetime({ offset: true }) });

/** A token is replaced so long before its end, in milliseconds: a request that is under way still needs it. */
const margin = 5 * 60_000;

interface AppCallOptions {
  readonly clock?: Clock;
  readonly fetch?: typeof globalThis.fetch;
}

/** Requests that the app makes as itself: what it is, where it is installed. */
export function appCalls(
  githubUrl: string,
  app: Pick<AppSignIn, "id" | "key">,
  { clock = realClock, fetch }: AppCallOptions = {},
): GitHubCalls {
  return new GitHubCalls({
    githubUrl,
    token: async () => signedToken(app, clock.now()),
    clock,
    ...(fetch === undefined ? {} : { fetch }),
  });
}

/**
 * Gives a token that lasts; asks GitHub for one where there is none yet or the last one ends.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
 */
export function installationToken(
  githubUrl: string,
  app: AppSignIn,
  options: AppCallOptions = {},
): () => Promise<string> {
  const { clock = realClock } = options;
  const calls = appCalls(githubUrl, app, options);
  let current: { readonly token: string; readonly until: number } | undefined;
  let asking: Promise<string> | undefined;
  const ask = async (): Promise<string> => {
    const path = `app/installations/${encodeURIComponent(app.installationId)}/access_tokens`;
    const { token, expires_at: end } = await calls.store(path, {}, answerSchema);
    current = { token, until: Date.parse(end) - margin };
    return token;
  };
  return async () => {
    if (current !== undefined && clock.now() < current.until) return current.token;
    asking ??= ask().finally(() => (asking = undefined));
    return asking;
  };
}

/** A JSON Web Token by which the app says who it is: begun a minute ago, since clocks differ, and for nine more. */
function signedToken({ id, key }: Pick<AppSignIn, "id" | "key">, now: number): string {
  const seconds = Math.floor(now / 1_000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: seconds - 60, exp: seconds + 540, iss: id })}`;
  try {
    return `${text}.${createSign("RSA-SHA256").update(text).sign(pem(key), "base64url")}`;
  } catch {
    throw new PlatformError({
      code: "invalid-app-key",
      where: "the GitHub App's private key",
      problem: "is no RSA key in PEM form",
      fix: "set it from the file that GitHub gave, whole: `pulumi config set --secret ghcr-platform:githubAppKey < key.pem`",
    });
  }
}

/** A key that came through one line of an environment has its line ends written out. */
function pem(key: string): string {
  return key.replaceAll("\\n", "\n");
}
