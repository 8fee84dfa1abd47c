/** GitHub Apps: which one signed a JSON Web Token, and where one is installed. */
import { createVerify } from "node:crypto";
import type { ReadonlyState } from "../state/state";
import type { App, Installation, Owner } from "../state/tables";
import { ApiError } from "./errors";

interface Claims {
  /** The app's id. */
  readonly iss?: unknown;
  /** Seconds since 1970. */
  readonly iat?: unknown;
  readonly exp?: unknown;
}

/** Seconds: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
const longestLife = 600;

/**
 * Undefined for a token that is no JSON Web Token.
 * @throws ApiError 401 where it is one that GitHub refuses, 404 where no app is called so
 */
export function signedApp(token: string, state: ReadonlyState, now: Date): App | undefined {
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  const [head = "", body = "", signature = ""] = parts;
  const { iss, iat, exp } = claimsOf(body);
  const app = state.get("apps", String(iss));
  if (app === undefined) throw new ApiError(404, "Integration not found");
  const signed = createVerify("RSA-SHA256").update(`${head}.${body}`);
  if (!signed.verify(app.publicKey, signature, "base64url")) throw undecodable();
  const seconds = now.getTime() / 1_000;
  if (typeof iat !== "number" || iat > seconds) {
    throw new ApiError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (typeof exp !== "number" || exp <= seconds) {
    throw new ApiError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > seconds + longestLife)
    throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
  return app;
}

function claimsOf(body: string): Claims {
  try {
    return JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Claims;
  } catch {
    throw undecodable();
  }
}

export function undecodable(): ApiError {
  return new ApiError(401, "A JSON web token could not be decoded");
}

export function botLogin({ slug }: Pick<App, "slug">): string {
  return `${slug}[bot]`;
}

/** The installation through which an app's account acts for an owner. */
export function installationOf(account: Owner, owner: Owner, state: ReadonlyState): Installation | undefined {
  const app = state.list("apps").find((one) => botLogin(one) === account.login);
  if (app === undefined) return undefined;
  return installationOn(app, owner.login, state);
}

/** Whether it has been suspended or not. */
export function installationOn(app: App, login: string, state: ReadonlyState): Installation | undefined {
  return state
    .list("installations")
    .find((one) => one.appId === app.id && one.account === login.toLowerCase());
}

export function reaches({ repositories, suspendedAt }: Installation, repositoryId: number): boolean {
  return suspendedAt === null && (repositories === "all" || repositories.includes(repositoryId));
}
