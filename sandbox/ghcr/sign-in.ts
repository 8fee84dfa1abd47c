/** ghcr.io's token service, `GET /token?service=ghcr.io&scope=repository:acme/app:pull`, and its challenge. */
import type { Verdict } from "../github-api/control-registry";
import { denied, json, refusal, unsupported, type Outcome } from "./answers";
import { includes, parseScope, type Authorization, type Scope, type Tokens } from "./tokens";

export interface TokenRequest {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly authorization: Authorization;
  /** What the stand-in says of the account and, where one is named, the repository. */
  ask(repository: string | undefined): Promise<Verdict>;
}

/** What ghcr.io asks for at /v2/, whoever asks for whatever. */
export const placeholder = "repository:user/image:pull";

/** The 401 that every request without a valid token gets, also for public packages. */
export function challenge(front: string, scope: string): Outcome {
  const bearer = `Bearer realm="http://${front}/token",service="ghcr.io",scope="${scope}"`;
  return refusal(401, "UNAUTHORIZED", "authentication required", { "www-authenticate": bearer });
}

export async function tokenAnswer(asked: TokenRequest, tokens: Tokens, now: number): Promise<Outcome> {
  const { method, query, authorization } = asked;
  if (method !== "GET" && method !== "HEAD") return unsupported();
  const wanted = query.getAll("scope").flatMap((one) => one.split(" "));
  const scopes = wanted.map(parseScope).filter((one) => one !== undefined);
  const given = authorization.kind === "basic" || authorization.kind === "bearer";
  if (!given && authorization.kind !== "none") return denied();
  const granted = given ? await forAccount(scopes, asked) : await forNobody(scopes, asked);
  if ("status" in granted) return granted;
  const credential = given ? authorization.credential : null;
  return json(200, { token: tokens.issue({ credential, scopes: granted.scopes }, now) });
}

type Granted = Outcome | { readonly scopes: readonly Scope[] };

/** Nobody may push; what isn't public looks the same as what isn't there. */
async function forNobody(scopes: readonly Scope[], asked: TokenRequest): Promise<Granted> {
  if (scopes.some((one) => includes(one, "push")))
    return denied("requested access to the resource is denied");
  const readable = await Promise.all(
    scopes.map(async (one) => (await asked.ask(one.repository)).access?.pull),
  );
  if (scopes.length > 0 && readable.every((one) => one === true)) return { scopes };
  if (scopes.length === 0) await asked.ask(undefined);
  return refusal(401, "UNAUTHORIZED", "authentication required");
}

/** Whether an account may push shows at the push only. */
async function forAccount(scopes: readonly Scope[], asked: TokenRequest): Promise<Granted> {
  if (scopes.length === 0) return (await asked.ask(undefined)).known ? { scopes } : denied();
  const granted: Scope[] = [];
  for (const scope of scopes) {
    const { known, access } = await asked.ask(scope.repository);
    if (!known) return denied();
    const isPlaceholder = `repository:${scope.repository}:${scope.actions.join(",")}` === placeholder;
    if (isPlaceholder || access?.pull === true || includes(scope, "push")) granted.push(scope);
  }
  return granted.length === 0 ? denied() : { scopes: granted };
}
