/**
 * Tokens that the front issues, and what an Authorization header says. A token names its account's token by
 * SHA-256 only, and is signed with a key of this process: after a restart clients are asked to sign in again.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { tokenDigest } from "../github-api/pipeline/authenticate";

export interface Scope {
  readonly repository: string;
  readonly actions: readonly string[];
}

export interface Issued {
  /** SHA-256 of the account's token, hex; null: nobody's, for public packages. */
  readonly credential: string | null;
  readonly scopes: readonly Scope[];
}

export type Authorization =
  | { readonly kind: "none" | "invalid" }
  /** The account's own token: as Basic, or in base64 as a Bearer. */
  | { readonly kind: "basic" | "bearer"; readonly credential: string }
  | ({ readonly kind: "issued" } & Issued);

const prefix = "sandbox.";
const lifetimeMs = 60 * 60 * 1000;

export class Tokens {
  readonly #key = randomBytes(32);

  issue(issued: Issued, now: number): string {
    const payload = Buffer.from(JSON.stringify({ ...issued, expires: now + lifetimeMs })).toString(
      "base64url",
    );
    return `${prefix}${payload}.${this.#signature(payload).toString("base64url")}`;
  }

  read(header: string | undefined, now: number): Authorization {
    if (header === undefined) return { kind: "none" };
    const [, scheme = "", value = ""] = /^(\S+)\s+(\S+)\s*$/.exec(header) ?? [];
    if (scheme.toLowerCase() === "basic") return { kind: "basic", credential: credentialIn(value) };
    if (scheme.toLowerCase() !== "bearer") return { kind: "invalid" };
    if (!value.startsWith(prefix)) return { kind: "bearer", credential: credentialIn(value) };
    return this.#issued(value.slice(prefix.length), now) ?? { kind: "invalid" };
  }

  #issued(value: string, now: number): Authorization | undefined {
    const [payload = "", signature = ""] = value.split(".");
    const given = Buffer.from(signature, "base64url");
    const right = this.#signature(payload);
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    // Signed above: it is what was issued.
    const { expires, ...issued } = JSON.parse(
      Buffer.from(payload, "base64url").toString("utf8"),
    ) as Issued & {
      expires: number;
    };
    return expires > now ? { kind: "issued", ...issued } : undefined;
  }

  #signature(payload: string): Buffer {
    return createHmac("sha256", this.#key).update(payload).digest();
  }
}

/** `user:token` or the token alone, in base64. */
function credentialIn(base64: string): string {
  const text = Buffer.from(base64, "base64").toString("utf8");
  return tokenDigest(text.slice(text.indexOf(":") + 1));
}

/** `repository:acme/app:pull,push`; undefined for what is no repository's. */
export function parseScope(text: string): Scope | undefined {
  const [, repository, actions] = /^repository:([^:]+):([a-z*,]*)$/.exec(text) ?? [];
  return repository === undefined || actions === undefined
    ? undefined
    : { repository, actions: actions.split(",") };
}

export function covers(scopes: readonly Scope[], repository: string, action: string): boolean {
  return scopes.some((one) => one.repository === repository && includes(one, action));
}

export function includes({ actions }: Scope, action: string): boolean {
  return actions.includes(action) || actions.includes("*");
}
