/** A request's way through the front: sign-in, the stand-in's verdict, ordered faults, the registry behind. */
import type { IncomingMessage } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Verdict } from "../github-api/control-registry";
import type { Fault } from "../github-api/pipeline/faults";
import { denied, json, noSuchPage, refusal, unsupported, type Outcome } from "./answers";
import type { GitHubLink } from "./github-link";
import { readManifest, writeManifest } from "./manifests";
import { actionOf, routeOf, type Route } from "./routes";
import { challenge, placeholder, tokenAnswer } from "./sign-in";
import { covers, type Authorization, type Tokens } from "./tokens";
import type { Upstream } from "./upstream";

export interface FrontParts {
  readonly github: GitHubLink;
  readonly upstream: Upstream;
  readonly tokens: Tokens;
  /** The front's own host, `127.0.0.1:<port>`. */
  front(): string;
}

/** What is to be sent, and what an ordered fault does to it. */
export interface Delivery {
  readonly outcome: Outcome;
  readonly reset: boolean;
  readonly truncate?: number | undefined;
}

interface Exchange {
  readonly message: IncomingMessage;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly route: Route;
  readonly authorization: Authorization;
  /** Whether the stand-in was asked for the request's fault, which it gives once. */
  faultTaken?: boolean;
  fault?: Fault | undefined;
  login?: string | undefined;
}

const tagsAPage = 100;
/** Asked in the same request, after the first: nobody orders faults for it. */
const furtherQuestion = { path: "", operation: "registry/further" } as const;

export async function answerTo(message: IncomingMessage, parts: FrontParts): Promise<Delivery> {
  const started = performance.now();
  const [path = "/", query = ""] = (message.url ?? "/").split("?");
  const route = routeOf(path);
  if (route === undefined) return { outcome: noSuchPage(), reset: false };
  const exchange: Exchange = {
    message,
    method: message.method ?? "GET",
    path,
    query: new URLSearchParams(query),
    route,
    authorization: parts.tokens.read(message.headers.authorization, Date.now()),
  };
  const outcome = await withFault(exchange, await performed(exchange, parts));
  const { fault, login, method } = exchange;
  await parts.github.answered({
    method,
    path,
    query,
    operation: `registry/${route.kind}`,
    status: outcome.status,
    ms: Math.round(performance.now() - started),
    ...(login === undefined ? {} : { login }),
    ...(fault === undefined ? {} : { fault: fault.when ?? "before" }),
    ...(outcome.downloaded === undefined
      ? {}
      : { downloaded: { repository: route.repository, digest: outcome.downloaded } }),
  });
  return { outcome, reset: fault?.reset === true, truncate: fault?.truncate };
}

/** Undefined where a fault comes before anything is done. */
type Done = Outcome | undefined;

async function performed(exchange: Exchange, parts: FrontParts): Promise<Done> {
  const { route, authorization, method } = exchange;
  if (route.kind === "token") return signIn(exchange, parts);
  const scope = route.repository === "" ? placeholder : neededScope(exchange);
  if (authorization.kind === "none" || authorization.kind === "invalid")
    return challenge(parts.front(), scope);
  if (authorization.kind === "basic") return denied();
  const action = actionOf(method, route);
  const issued = authorization.kind === "issued" ? authorization.scopes : undefined;
  if (route.repository !== "" && issued !== undefined && !covers(issued, route.repository, action)) {
    return challenge(parts.front(), scope);
  }
  const verdict = await asked(exchange, parts, exchange.query);
  if (await strikesFirst(exchange)) return undefined;
  if (!verdict.known) return denied();
  if (route.kind === "base") return json(200, {});
  if (verdict.access?.[action] !== true) return denied(action === "push" ? verdict.access?.denial : "denied");
  return served(exchange, verdict, parts);
}

async function served(exchange: Exchange, verdict: Verdict, parts: FrontParts): Promise<Outcome> {
  const { message, method, route, authorization } = exchange;
  const reads = method === "GET" || method === "HEAD";
  switch (route.kind) {
    case "referrers":
      return noSuchPage();
    case "tags":
      return reads ? tagPage(exchange, verdict) : unsupported();
    case "manifest":
      if (reads) return readManifest(message, route, verdict, parts.upstream);
      if (method !== "PUT" || !("credential" in authorization) || authorization.credential === null)
        return unsupported();
      return writeManifest(message, route, authorization.credential, parts);
    case "blob":
      return reads ? relayed(exchange, message.url ?? "", parts) : unsupported();
    default:
      return relayed(exchange, await uploadPath(exchange, parts), parts);
  }
}

function relayed({ message, method }: Exchange, path: string, { upstream }: FrontParts): Promise<Outcome> {
  const body = method === "GET" || method === "HEAD" ? {} : { body: message };
  return upstream.send({ method, path, headers: message.headers, ...body });
}

/** A blob is mounted from a repository that the account may read; else its upload begins, as the specification has it. */
async function uploadPath(exchange: Exchange, parts: FrontParts): Promise<string> {
  const { message, query, authorization } = exchange;
  const from = query.get("from");
  if (from === null || !("credential" in authorization)) return message.url ?? "";
  const question = { method: "HEAD", ...furtherQuestion, repository: from };
  const { access } = await parts.github.ask({ ...question, credential: authorization.credential });
  const covered = authorization.kind !== "issued" || covers(authorization.scopes, from, "pull");
  return access?.pull === true && covered ? (message.url ?? "") : exchange.path;
}

function tagPage({ route, query }: Exchange, { access, tags }: Verdict): Outcome {
  if (access?.exists !== true || tags === undefined)
    return refusal(404, "NAME_UNKNOWN", "repository name not known to registry");
  const last = tags.page.at(-1);
  const next = `</v2/${route.repository}/tags/list?last=${last}&n=${pageSize(query)}>; rel="next"`;
  const headers = tags.more && last !== undefined ? { link: next } : {};
  return json(200, { name: route.repository, tags: tags.page }, headers as Record<string, string>);
}

function pageSize(query: URLSearchParams): number {
  const wanted = query.get("n");
  return wanted !== null && /^\d+$/.test(wanted) ? Math.min(Number(wanted), tagsAPage) : tagsAPage;
}

/** The fault is ordered for a request once, however many scopes it asks for. */
async function signIn(exchange: Exchange, parts: FrontParts): Promise<Done> {
  const { method, query, authorization } = exchange;
  let struck = false;
  const ask = async (repository: string | undefined): Promise<Verdict> => {
    const verdict = await asked(exchange, parts, query, repository);
    struck ||= await strikesFirst(exchange);
    return verdict;
  };
  const outcome = await tokenAnswer({ method, query, authorization, ask }, parts.tokens, Date.now());
  return struck ? undefined : outcome;
}

async function asked(
  exchange: Exchange,
  { github }: FrontParts,
  query: URLSearchParams,
  repository = exchange.route.repository,
): Promise<Verdict> {
  const { method, path, route, authorization } = exchange;
  const last = query.get("last");
  const once = exchange.faultTaken === true ? furtherQuestion : { path, operation: `registry/${route.kind}` };
  exchange.faultTaken = true;
  const verdict = await github.ask({
    method,
    ...once,
    credential: "credential" in authorization ? authorization.credential : null,
    ...(repository === "" ? {} : { repository }),
    ...(route.kind === "manifest" ? { reference: route.reference } : {}),
    ...(route.kind === "tags" ? { tags: { size: pageSize(query), ...(last === null ? {} : { last }) } } : {}),
  });
  exchange.fault ??= verdict.fault;
  exchange.login = verdict.login;
  return verdict;
}

function neededScope({ method, route }: Exchange): string {
  return `repository:${route.repository}:${actionOf(method, route) === "push" ? "pull,push" : "pull"}`;
}

/** Holds the request back for as long as is ordered; true where nothing is to be done then. */
async function strikesFirst({ fault }: Exchange): Promise<boolean> {
  if (fault?.delayMs !== undefined) await wait(fault.delayMs);
  return fault !== undefined && replaces(fault) && fault.when !== "after";
}

function replaces({ status, reset }: Fault): boolean {
  return status !== undefined || reset === true;
}

async function withFault({ fault }: Exchange, done: Done): Promise<Outcome> {
  if (fault === undefined || !replaces(fault)) {
    if (done === undefined) throw new Error("a request went without an answer");
    return done;
  }
  // What is done is done to the end; only its answer is lost.
  if (done !== undefined && !Buffer.isBuffer(done.body)) done.body.resume();
  const body = fault.body ?? { errors: [{ code: "UNKNOWN", message: "ordered fault" }] };
  return json(fault.status ?? 502, body, { ...fault.headers });
}
