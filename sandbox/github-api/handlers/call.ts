/** What a handler is given, and what it answers. */
import type { GitRepository } from "../git/repository";
import type { App, Event, Grant, Owner, Permission, Repository } from "../state/tables";
import type { ReadonlyState } from "../state/state";
import type { Ids } from "../state/store";
import type { Keys } from "../state/keys";
import { notFound } from "../pipeline/errors";
import type { RateLimit } from "../pipeline/rate-limits";
import type { Urls } from "./urls";

/** Who asks: an account by its token. Nobody where a call came without one. */
export interface Actor {
  readonly account: Owner;
  readonly grant: Grant;
  /** Identifies the token without telling it: for rate limits and the request journal. */
  readonly tokenId: string;
  /** Signed in as the app itself, by a JSON Web Token: it may ask for its installations and nothing else. */
  readonly app?: App;
}

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  /** Checked against the description. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly state: ReadonlyState;
  /** ISO 8601, whole seconds. */
  readonly now: string;
  readonly ids: Ids;
  readonly keys: Keys;
  readonly actor: Actor | undefined;
  readonly limit: RateLimit | undefined;
  readonly urls: Urls;
  /** The repository that the path names; only for operations that name one. */
  readonly target: Target | undefined;
  /** Any repository's git, by its id. */
  git(repositoryId: number): GitRepository;
}

export interface Target {
  readonly repository: Repository;
  readonly owner: Owner;
  /** What the actor may do with it. */
  readonly permission: Permission;
}

export interface Reply {
  readonly status: number;
  /** Undefined: no body. */
  readonly body?: unknown;
  /** A list, of which the pipeline sends one page; with `key`, as `{total_count, [key]: page}`. */
  readonly list?: { readonly items: readonly unknown[]; readonly key?: string };
  readonly headers?: Readonly<Record<string, string>>;
  readonly events?: readonly Event[];
  /** Done once the events are on disk: what may be repeated or lost, such as removing files. */
  readonly afterwards?: () => Promise<void>;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;
export type Handlers = Readonly<Record<string, Handler>>;

/** @throws ApiError 404 when the path leads to no repository */
export function targetOf(call: Call): Target {
  if (call.target === undefined) throw notFound();
  return call.target;
}

export function repositoryOf(call: Call): Repository {
  return targetOf(call).repository;
}

export function gitOf(call: Call): GitRepository {
  return call.git(repositoryOf(call).id);
}

export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the path has no parameter ${name}`);
  return value;
}

/** A text of the body or query; undefined where it is not sent, or null. */
export function text(values: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

export function flag(values: Readonly<Record<string, unknown>>, name: string): boolean | undefined {
  const value = values[name];
  return typeof value === "boolean" ? value : undefined;
}

export const noContent: Reply = { status: 204 };
