/** Whose token a request carries. */
import { createHash } from "node:crypto";
import type { Actor } from "../handlers/call";
import type { ReadonlyState } from "../state/state";
import { botLogin, signedApp } from "./apps";

/** What tokens are stored under. */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/**
 * Undefined for a request without credentials; credentials that are nobody's are told apart.
 * @throws ApiError for a JSON Web Token that is no app's
 */
export function authenticate(
  authorization: string | undefined,
  state: ReadonlyState,
  now: Date,
): Actor | "bad credentials" | undefined {
  if (authorization === undefined) return undefined;
  const token = tokenOf(authorization);
  const app = signedApp(token, state, now);
  if (app === undefined) return actorOf(tokenDigest(token), state, now) ?? "bad credentials";
  const account = state.owner(botLogin(app));
  if (account === undefined) throw new Error(`the app ${app.slug} has no account`);
  return { account, grant: { kind: "fine-grained", permissions: {}, app: true }, tokenId: app.slug, app };
}

/** By the digest of a token; undefined for one that is nobody's, or whose time is over. */
export function actorOf(digest: string, state: ReadonlyState, now: Date): Actor | undefined {
  const token = state.get("tokens", digest);
  const account = token === undefined ? undefined : state.owner(token.login);
  if (token === undefined || account === undefined) return undefined;
  if (token.expiresAt !== undefined && Date.parse(token.expiresAt) <= now.getTime()) return undefined;
  return { account, grant: token.grant, tokenId: digest.slice(0, 12) };
}

/** `Bearer x`, `token x`, or Basic with the token in the place of the password, as git sends it. */
function tokenOf(authorization: string): string {
  const [, scheme = "", value = ""] = /^(\S+)\s+(.*)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== "basic") return value;
  const [user = "", ...password] = Buffer.from(value, "base64").toString("utf8").split(":");
  const given = password.join(":");
  // `https://TOKEN@host` and `https://TOKEN:x-oauth-basic@host` put the token in the user's place.
  return given === "" || given === "x-oauth-basic" ? user : given;
}
