/** The way of a request through the stand-in; each stage is a file beside this one. */
import { setTimeout as wait } from "node:timers/promises";
import type { GitRepository } from "../git/repository";
import type { Actor, Call, Handlers, Reply, Target } from "../handlers/call";
import { Urls } from "../handlers/urls";
import { graphqlAnswer, graphqlQuestion, shown } from "../graphql";
import { ownerOf } from "../handlers/repository-view";
import type { Clock } from "../clock";
import { isoSeconds } from "../git/objects";
import type { Keys } from "../state/keys";
import type { ReadonlyState } from "../state/state";
import type { Store } from "../state/store";
import type { Repository } from "../state/tables";
import { undecodable } from "./apps";
import { authenticate } from "./authenticate";
import type { Description, Operation } from "./description";
import { ApiError, notFound } from "./errors";
import { withEtag } from "./etag";
import type { Fault, Faults } from "./faults";
import { ownerLock, repositoryLock, type Locks } from "./locks";
import { idsToNames } from "./normalise";
import { pageOf } from "./paging";
import { authorise, roleIn } from "./permissions";
import { rateLimitHeaders, type RateLimit, type RateLimits } from "./rate-limits";
import { journaledBody, type RequestJournal } from "./request-journal";
import type { Request, Response } from "./request";
import { Router, type Match } from "./routes";
import { answerFaults, checkedBody, checkedQuery, parseBody } from "./validate";

export interface ApiParts {
  readonly description: Description;
  readonly handlers: Handlers;
  readonly store: Store;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly locks: Locks;
  readonly journal: RequestJournal;
  readonly etags: boolean;
  git(repositoryId: number): GitRepository;
  /** The stand-in's own address, without a slash at the end. */
  readonly base: string;
}

/** "reset": the connection is to be closed without an answer. */
export type Outcome = Response | "reset";

/** What the stages of one request find out on the way, for the journal and for every answer's headers. */
interface Progress {
  match?: Match | undefined;
  actor?: Actor | undefined;
  /** Whose requests are counted. */
  tokenId?: string;
  limit?: RateLimit;
  headers: Record<string, string>;
  body?: Record<string, unknown>;
  /** What a GraphQL request does. */
  graphql?: "query" | "mutation";
  /** So many writes ago is what a read is answered from, by an ordered fault. */
  stale?: number | undefined;
}

export class Api {
  /** Own mistakes: an answer that GitHub's description doesn't allow, or an exception. A test run has none. */
  readonly defects: string[] = [];
  readonly #router: Router;
  #count = 0;

  constructor(private readonly parts: ApiParts) {
    this.#router = new Router(parts.description);
  }

  async answer(request: Request): Promise<Outcome> {
    const started = performance.now();
    const at = this.parts.clock.now().toISOString();
    const progress: Progress = { headers: {} };
    const path = idsToNames(request.path, this.parts.store.state);
    progress.match = this.#router.match(request.method === "HEAD" ? "GET" : request.method, path);
    const operation = progress.match?.operation;
    const fault = this.parts.faults.take(request.method, request.path, operation?.id);
    progress.stale = fault?.stale;
    if (fault?.delayMs !== undefined) await wait(fault.delayMs);
    const done = fault === undefined || fault.when === "after" || !replaces(fault);
    const real = done ? await this.#handled(request, progress) : undefined;
    const response = fault === undefined ? real : faultyAnswer(fault, progress.headers, real);
    if (response === undefined) throw new Error("a request went without an answer");
    this.parts.journal.add({
      at,
      method: request.method,
      path: request.path,
      query: request.query.toString(),
      ...(operation === undefined ? {} : { operation: operation.id }),
      ...(progress.graphql === undefined ? {} : { operation: `graphql/${progress.graphql}` }),
      status: response.status,
      ...(progress.actor === undefined ? {} : { login: progress.actor.account.login }),
      ms: Math.round(performance.now() - started),
      ...(progress.body === undefined ? {} : { body: journaledBody(progress.body) }),
      ...(fault === undefined ? {} : { fault: fault.when ?? "before" }),
    });
    return fault?.reset === true ? "reset" : response;
  }

  async #handled(request: Request, progress: Progress): Promise<Response> {
    let response: Response;
    try {
      response = await this.#worked(request, progress);
    } catch (error) {
      response = this.#failed(error, progress);
    }
    const answer = this.parts.etags ? withEtag(request, response) : response;
    return answer.status === 304 ? this.#uncounted(answer, progress) : answer;
  }

  /** To an authorized client, "not changed" costs nothing of the primary limit. */
  #uncounted(answer: Response, { actor, tokenId }: Progress): Response {
    if (actor === undefined || tokenId === undefined) return answer;
    const { limits, clock } = this.parts;
    const limit = limits.count(tokenId, clock.now(), clock.machineNow(), -1);
    return { ...answer, headers: { ...answer.headers, ...rateLimitHeaders(limit) } };
  }

  /** Authentication, limits, route, then the operation itself. */
  async #worked(request: Request, progress: Progress): Promise<Response> {
    const { store, limits, locks, clock, description } = this.parts;
    progress.headers = this.#standardHeaders();
    const known = authenticate(request.headers.authorization, store.state, clock.now());
    const tokenId = known === "bad credentials" || known === undefined ? "anonymous" : known.tokenId;
    // Looking at the limit costs nothing of it, and is never refused by it.
    const looks = progress.match?.operation.id === "rate-limit/get";
    const limit = limits.count(tokenId, clock.now(), clock.machineNow(), looks ? 0 : 1);
    progress.limit = limit;
    progress.tokenId = tokenId;
    Object.assign(progress.headers, rateLimitHeaders(limit));
    if (known === "bad credentials") throw new ApiError(401, "Bad credentials");
    const ofApps = progress.match?.operation.id.startsWith("apps/") === true;
    if (ofApps && known?.app === undefined) throw undecodable();
    if (!ofApps && known?.app !== undefined) throw new ApiError(401, "Bad credentials");
    if (!looks) limits.refuse(tokenId, limit);
    limits.spend(tokenId, request.method, clock.now(), clock.machineNow());
    progress.actor = known;
    const { actor, match } = progress;
    if (actor?.grant.kind === "classic") progress.headers["X-OAuth-Scopes"] = actor.grant.scopes.join(", ");
    if (/^(\/api)?\/graphql$/.test(request.path)) return this.#graphql(request, progress);
    if (match === undefined) throw notFound();
    const { operation } = match;
    if (!operation.whole || this.parts.handlers[operation.id] === undefined) {
      throw new ApiError(
        501,
        `The sandbox's GitHub does not answer ${operation.id} (${operation.method} ${operation.template})`,
      );
    }
    const query = checkedQuery(description, operation, request.query);
    const run = (): Promise<Reply> => this.#performed(request, progress, match, query);
    const reply =
      operation.method === "GET" ? await run() : await locks.run(lockKeys(match, actor, store.state), run);
    return this.#rendered(request, operation, reply, progress);
  }

  async #graphql(request: Request, progress: Progress): Promise<Response> {
    const { actor, headers } = progress;
    if (actor === undefined) throw new ApiError(401, "This endpoint requires you to be authenticated.");
    const question = graphqlQuestion(parseBody(request.body));
    if (!("kind" in question)) return json(200, { errors: shown(question) }, headers);
    progress.graphql = question.kind;
    const { store, locks } = this.parts;
    const context = { ...{ state: store.state, ids: store.ids, actor }, commit: store.commit.bind(store) };
    const answer = await locks.run(["graphql"], () => graphqlAnswer(question, context));
    return json(200, answer, headers);
  }

  /** In its turn among writes of the same repository: what it rests on can't change under it. */
  async #performed(
    request: Request,
    progress: Progress,
    match: Match,
    query: Record<string, unknown>,
  ): Promise<Reply> {
    const { store, keys, clock, description, handlers } = this.parts;
    const { operation, params } = match;
    const target = this.#target(match, progress.actor, request);
    if (target !== undefined && "status" in target) return target;
    progress.body = operation.method === "GET" ? {} : checkedBody(description, operation, request);
    const call: Call = {
      params,
      query,
      body: progress.body,
      state: operation.method === "GET" ? stateFor(progress, store) : store.state,
      now: isoSeconds(clock.now()),
      ids: store.ids,
      keys,
      actor: progress.actor,
      urls: new Urls(this.parts.base),
      limit: progress.limit,
      target,
      git: this.parts.git,
    };
    const handler = handlers[operation.id];
    if (handler === undefined) throw new Error(`no handler for ${operation.id}`);
    const reply = await handler(call);
    await store.commit(reply.events ?? []);
    await reply.afterwards?.();
    return reply;
  }

  /** The repository that the path names, once it is certain that the actor may see and use it; or a redirect. */
  #target(
    { operation, params }: Match,
    actor: Actor | undefined,
    request: Request,
  ): Target | Reply | undefined {
    const { owner, repo } = params;
    if (owner === undefined || repo === undefined) return undefined;
    const { state } = this.parts.store;
    const repository = state.repository(owner, repo);
    if (repository === undefined) return this.#moved(`${owner}/${repo}`, request, actor);
    const permission = authorise(actor, operation, repository, state);
    refuseArchived(repository, operation);
    return { repository, owner: ownerOf(repository, state), permission };
  }

  /** A name that was given up by a rename leads on to the repository, whoever may see that. */
  #moved(fullName: string, request: Request, actor: Actor | undefined): Reply {
    const { state } = this.parts.store;
    const former = state.get("formerNames", fullName.toLowerCase());
    const repository = former === undefined ? undefined : state.get("repositories", former.repositoryId);
    if (repository === undefined || roleIn(actor?.account, repository, state) === undefined) throw notFound();
    const rest = request.path.split("/").slice(4);
    const query = request.query.size === 0 ? "" : `?${request.query}`;
    const url = `${[this.parts.base, "api/v3/repositories", repository.id, ...rest].join("/")}${query}`;
    const body = { message: "Moved Permanently", url, documentation_url: "https://docs.github.com/rest" };
    return { status: request.method === "GET" ? 301 : 307, body, headers: { Location: url } };
  }

  #rendered(request: Request, operation: Operation, reply: Reply, progress: Progress): Response {
    const host = request.headers.host ?? new URL(this.parts.base).host;
    const page = reply.list === undefined ? undefined : pageOf(reply.list, request, `http://${host}`);
    const body = page?.body ?? reply.body;
    const redirect = reply.status === 301 || reply.status === 307;
    const faults = redirect ? [] : answerFaults(this.parts.description, operation, reply, body);
    if (faults.length > 0) throw new Error(`not an answer that GitHub gives: ${faults.join("; ")}`);
    const headers = { ...progress.headers, ...page?.headers, ...reply.headers };
    return json(reply.status, body, headers);
  }

  #failed(error: unknown, { headers, match }: Progress): Response {
    if (error instanceof ApiError) {
      const body = error.body(match?.operation.documentationUrl);
      return json(error.status, body, { ...headers, ...error.more.headers });
    }
    const story = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.defects.push(story);
    console.error(story);
    return json(
      500,
      { message: `Defect of the sandbox's GitHub: ${story.split("\n")[0]}`, status: "500" },
      headers,
    );
  }

  #standardHeaders(): Record<string, string> {
    this.#count += 1;
    return {
      "X-GitHub-Media-Type": "github.v3; format=json",
      "X-GitHub-Api-Version-Selected": "2022-11-28",
      "X-GitHub-Request-Id": `sandbox:${this.#count}`,
    };
  }
}

function json(status: number, body: unknown, headers: Record<string, string>): Response {
  if (body === undefined) return { status, headers, body: "" };
  return {
    status,
    headers: { "Content-Type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}

/** An archived repository can only be read, unarchived or deleted. */
function refuseArchived(repository: Repository, operation: Operation): void {
  const allowed =
    operation.method === "GET" || operation.id === "repos/update" || operation.id === "repos/delete";
  if (repository.archived && !allowed) throw new ApiError(403, "Repository was archived so is read-only.");
}

/** Names are an owner's, everything else is a repository's. */
function lockKeys({ operation, params }: Match, actor: Actor | undefined, state: ReadonlyState): string[] {
  const login = params["owner"] ?? params["org"] ?? params["username"] ?? actor?.account.login ?? "";
  const repository = state.repository(login, params["repo"] ?? "");
  const ofOwner =
    repository === undefined || operation.id === "repos/update" || operation.id === "repos/delete";
  const keys = repository === undefined ? [] : [repositoryLock(repository.id)];
  return ofOwner ? [...keys, ownerLock(login)] : keys;
}

/** Whether the fault takes the answer's place, rather than only making it late. */
function replaces(fault: Fault): boolean {
  return fault.status !== undefined || fault.reset === true;
}

function faultyAnswer(fault: Fault, headers: Record<string, string>, real: Response | undefined): Response {
  const cut = fault.truncate === undefined ? {} : { truncate: fault.truncate };
  if (fault.status === undefined) return { ...(real ?? json(502, undefined, headers)), ...cut };
  const body = fault.body ?? { message: "Server Error" };
  return { ...json(fault.status, body, { ...headers, ...fault.headers }), ...cut };
}

function stateFor({ stale }: Progress, { state }: Store): ReadonlyState {
  return stale === undefined ? state : state.before(stale);
}
