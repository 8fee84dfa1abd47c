/** Whose token a request carries. */
import { createHash } from "node:crypto";
import type { Actor } from "../handlers/call";
import type { ReadonlyState } from "../state/state";

/** What tokens are stored under. */
export function tokenDigest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** Undefined for a request without credentials; credentials that are nobody's are told apart. */
export function authenticate(
  authorization: string | undefined,
  state: ReadonlyState,
): Actor | "bad credentials" | undefined {
  if (authorization === undefined) return undefined;
  return actorOf(tokenDigest(tokenOf(authorization)), state) ?? "bad credentials";
}

/** By the digest of a token; undefined for one that is nobody's. */
export function actorOf(digest: string, state: ReadonlyState): Actor | undefined {
  const token = state.get("tokens", digest);
  const account = token === undefined ? undefined : state.owner(token.login);
  if (token === undefined || account === undefined) return undefined;
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
