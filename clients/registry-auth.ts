/**
 * Sign-in as registries ask for it: a 401 names a token service (Bearer) or wants the credentials themselves
 * (Basic). https://distribution.github.io/distribution/spec/auth/token/
 */
import type { Credentials } from "./credentials";
import type { Redactor } from "./redaction";
import { RegistryError } from "./registry-error";
import type { Http } from "./registry-transport";
import { requireSafe } from "./registry-transport";

/** What is asked for in a repository. */
export type Actions = "pull" | "pull,push";

export interface SignIn {
  /** The `Authorization` that worked for this before, if any. */
  known(repository: string, actions: Actions): string | undefined;
  /**
   * The `Authorization` that answers a challenge; undefined where there is nothing to answer it with.
   * A known one is thrown away first: the registry has just refused it.
   */
  answer(challenge: string | null, repository: string, actions: Actions): Promise<string | undefined>;
  hasCredentials(): Promise<boolean>;
}

interface Options {
  readonly redactor: Redactor;
  readonly credentials: (() => Promise<Credentials | undefined> | Credentials | undefined) | undefined;
  readonly http: Http;
}

/** Token services answer with a few kilobytes. */
const TOKEN_LIMIT = 256 * 1024;

export function createSignIn({ redactor, credentials, http }: Options): SignIn {
  const headers = new Map<string, string>();
  let asked: Promise<string | undefined> | undefined;

  /** `user:password` in base64. */
  function basic(): Promise<string | undefined> {
    return (asked ??= (async () => {
      const given = await credentials?.();
      if (given === undefined) return undefined;
      const encoded = Buffer.from(`${given.username}:${given.password}`).toString("base64");
      redactor.add(given.password);
      redactor.add(encoded);
      return encoded;
    })());
  }

  async function token(parameters: ReadonlyMap<string, string>, scope: string): Promise<string | undefined> {
    const url = new URL(parameters.get("realm") ?? "");
    const request = `GET ${url.host}${url.pathname}`;
    requireSafe(url, request);
    const service = parameters.get("service");
    if (service !== undefined) url.searchParams.set("service", service);
    url.searchParams.set("scope", scope);
    const encoded = await basic();
    const answer = await http(
      { method: "GET", url, limit: TOKEN_LIMIT },
      encoded === undefined ? undefined : `Basic ${encoded}`,
    );
    if (answer.status === 401 || answer.status === 403) return undefined;
    if (answer.status !== 200) throw new RegistryError(request, answer.status, "TOKEN_REFUSED", "");
    return readToken(answer.bytes, request);
  }

  return {
    known: (repository, actions) => headers.get(`${repository} ${actions}`),
    async answer(challenge, repository, actions) {
      const key = `${repository} ${actions}`;
      headers.delete(key);
      const { scheme, parameters } = parseChallenge(challenge ?? "");
      let header: string | undefined;
      if (scheme === "basic") {
        const encoded = await basic();
        header = encoded && `Basic ${encoded}`;
      } else if (scheme === "bearer") {
        // Our own scope, not the challenge's: ghcr.io sends a placeholder at /v2/.
        const given = await token(parameters, `repository:${repository}:${actions}`);
        if (given !== undefined) redactor.add(given);
        header = given && `Bearer ${given}`;
      }
      if (header !== undefined) headers.set(key, header);
      return header;
    },
    hasCredentials: async () => (await basic()) !== undefined,
  };
}

/** `Bearer realm="…",service="…",scope="…"` (RFC 9110, 11.6.1), its names in lower case. */
export function parseChallenge(header: string): { scheme: string; parameters: ReadonlyMap<string, string> } {
  const [, scheme = "", rest = ""] = /^\s*([A-Za-z]+)\s*(.*)$/s.exec(header) ?? [];
  const parameters = new Map<string, string>();
  for (const [, name = "", quoted, plain] of rest.matchAll(
    /([A-Za-z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g,
  )) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "");
  }
  return { scheme: scheme.toLowerCase(), parameters };
}

function readToken(bytes: Uint8Array, request: string): string {
  try {
    const body = JSON.parse(Buffer.from(bytes).toString("utf8")) as Record<string, unknown>;
    const token = body["token"] ?? body["access_token"];
    if (typeof token === "string" && token !== "") return token;
  } catch {
    // Not JSON: the same fault as a body without a token.
  }
  throw new RegistryError(request, 0, "TOKEN_MISSING", "the answer holds no token");
}
