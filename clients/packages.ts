/**
 * One container package of GitHub Packages over REST: its versions listed, read, deleted, restored.
 * https://docs.github.com/rest/packages/packages
 *
 * Reads are tried again by themselves. Deletions and restorations are sent once: whoever deletes has to look again
 * before the next attempt, since a tag may have moved to the version meanwhile.
 */
import { z } from "zod";
import { PlatformError } from "../core/errors";
import type { Digest } from "../core/images";
import { digestSchema, timeSchema, type PackageFacts } from "../core/retention";
import { GitHubLimits, realClock, type Clock, type Method } from "./github-limits";
import { createRedactor } from "./redaction";

/** GitHub's row of a version. */
export interface PackageVersion {
  readonly id: number;
  readonly digest: Digest;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly tags: readonly string[];
}

export interface Listing {
  readonly facts: PackageFacts;
  /** In GitHub's order, each once. */
  readonly versions: readonly PackageVersion[];
  /** Why rows may be missing or wrong; empty: two passes agree with each other and with `version_count`. */
  readonly incomplete: readonly string[];
}

export interface PackageState {
  readonly facts: PackageFacts;
  readonly versionCount: number;
}

/** What became of a deletion or a restoration that was sent once. */
export type Deed =
  | { readonly outcome: "done" }
  /** 404: nothing there to do it to, or no right to do it; a read tells them apart. */
  | { readonly outcome: "not-found" }
  /** Refused for good, with GitHub's words. */
  | { readonly outcome: "refused"; readonly words: string }
  /** 401 or 403: the token may not. */
  | { readonly outcome: "denied"; readonly words: string }
  /** Not done because of a rate limit; pause so many milliseconds. */
  | { readonly outcome: "limited"; readonly pause: number }
  /** Done or not: the answer was lost, or GitHub failed. */
  | { readonly outcome: "unsure"; readonly why: string };

/** Reads throw PlatformError `github-denied`, `github-unreachable`, `github-limited` and `no-such-package`. */
export interface Packages {
  readonly owner: string;
  readonly name: string;
  readonly limits: GitHubLimits;
  /** Requests that were sent so far. */
  requests(): number;
  state(): Promise<PackageState>;
  /** All versions, in two passes that must agree: 2 ⌈N / 100⌉ requests, and one for `state`. */
  versions(): Promise<Listing>;
  /** One page of 100, from 1. */
  page(number: number, state?: "active" | "deleted"): Promise<Page>;
  /** Undefined: there is none, or it is deleted. */
  version(id: number): Promise<PackageVersion | undefined>;
  delete(id: number): Promise<Deed>;
  /** Within 30 days of its deletion. */
  restore(id: number): Promise<Deed>;
}

export interface Page {
  readonly versions: readonly PackageVersion[];
  readonly hasNext: boolean;
}

export interface PackagesOptions {
  /** Base URL of the REST API, e.g. `https://api.github.com/`. */
  readonly githubUrl: string;
  readonly token: string;
  readonly owner: string;
  readonly name: string;
  readonly clock?: Clock;
  readonly fetch?: typeof fetch;
  readonly onWait?: (milliseconds: number, why: string) => void;
}

const pageSize = 100;
const attempts = 5;
/** A refusal that asks for a longer pause, in milliseconds, is not waited for: an hour is the longest limit. */
const longestPause = 3_700_000;

const packageSchema = z.looseObject({
  visibility: z.enum(["public", "private", "internal"]).nullable().catch(null),
  version_count: z.int().min(0),
});
const versionSchema = z
  .looseObject({
    id: z.int().positive(),
    name: digestSchema,
    created_at: timeSchema,
    updated_at: timeSchema,
    metadata: z.looseObject({ container: z.looseObject({ tags: z.array(z.string()) }) }),
  })
  .transform(({ id, name, created_at, updated_at, metadata }): PackageVersion => ({
    id,
    digest: name,
    createdAt: created_at,
    updatedAt: updated_at,
    tags: metadata.container.tags,
  }));

export function openPackages(options: PackagesOptions): Packages {
  const { owner, name, clock = realClock, onWait } = options;
  const limits = new GitHubLimits(clock, onWait);
  const caller = new Caller(options, limits);
  let base: string | undefined;

  /** An owner is an organization or a user; the package answers under one of the two. */
  async function state(): Promise<PackageState> {
    for (const kind of base === undefined ? ["orgs", "users"] : [base]) {
      const path = kind.includes("/")
        ? kind
        : `${kind}/${encodeURIComponent(owner)}/packages/container/${encodeURIComponent(name)}`;
      const answer = await caller.read(path);
      if (answer === undefined) continue;
      base = path;
      const { visibility, version_count: versionCount } = packageSchema.parse(answer.json);
      return { facts: { owner, name, visibility }, versionCount };
    }
    throw noPackage(owner, name);
  }

  async function pathTo(rest: string): Promise<string> {
    if (base === undefined) await state();
    return `${base}/versions${rest}`;
  }

  async function page(number: number, which: "active" | "deleted" = "active"): Promise<Page> {
    const path = await pathTo(`?state=${which}&per_page=${pageSize}&page=${number}`);
    const answer = await caller.read(path);
    if (answer === undefined) throw noPackage(owner, name);
    const link = answer.headers.get("link");
    const versions = z.array(versionSchema).parse(answer.json);
    return { versions, hasNext: versions.length > 0 && /\brel="?next"?/.test(link ?? "") };
  }

  async function pass(): Promise<Pass> {
    const rows = new Map<number, PackageVersion>();
    let contradiction: string | undefined;
    for (let number = 1; ; number++) {
      const { versions, hasNext } = await page(number);
      for (const row of versions) {
        // Pages overlap where a push moved the list on between them.
        if (rows.has(row.id)) contradiction = `version ${row.id} was listed twice`;
        rows.set(row.id, row);
      }
      if (!hasNext) return { rows, contradiction };
    }
  }

  return {
    ...{ owner, name, limits, state, page },
    requests: () => caller.count,
    async versions() {
      const { facts, versionCount } = await state();
      const [first, second] = [await pass(), await pass()];
      const incomplete = disagreements(first, second, versionCount);
      return { facts, versions: [...second.rows.values()], incomplete };
    },
    async version(id) {
      const answer = await caller.read(await pathTo(`/${id}`));
      return answer === undefined ? undefined : versionSchema.parse(answer.json);
    },
    delete: async (id) => caller.deed("DELETE", await pathTo(`/${id}`)),
    restore: async (id) => caller.deed("POST", await pathTo(`/${id}/restore`)),
  };
}

interface Pass {
  readonly rows: ReadonlyMap<number, PackageVersion>;
  readonly contradiction: string | undefined;
}

/**
 * Pages are taken by number from a list that moves: a push or a deletion meanwhile hides a row or shows one twice.
 * Only what two whole passes and GitHub's own count say alike was there all the time.
 */
function disagreements(first: Pass, second: Pass, versionCount: number): string[] {
  const found: string[] = [];
  for (const { contradiction } of [first, second]) {
    if (contradiction !== undefined) found.push(`the list moved between two pages: ${contradiction}`);
  }
  const ids = new Set([...first.rows.keys(), ...second.rows.keys()]);
  const differing = [...ids].filter((id) => {
    const [one, other] = [first.rows.get(id), second.rows.get(id)];
    return one === undefined || other === undefined || factsOf(one) !== factsOf(other);
  });
  if (differing.length > 0) found.push(`two passes over the list differ in ${differing.length} versions`);
  if (second.rows.size !== versionCount)
    found.push(`GitHub counts ${versionCount} versions and lists ${second.rows.size}`);
  return found;
}

function factsOf({ digest, createdAt, updatedAt, tags }: PackageVersion): string {
  return JSON.stringify([digest, createdAt, updatedAt, [...tags].sort()]);
}

function noPackage(owner: string, name: string): PlatformError {
  return new PlatformError({
    code: "no-such-package",
    where: `${owner}/${name}`,
    problem: "GitHub knows no such container package, or doesn't show it to this token",
    fix: "check owner and name; the token needs read:packages (and delete:packages to delete)",
  });
}

type Answer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers: Headers;
      readonly json: unknown;
      readonly text: string;
    }
  | { readonly kind: "lost"; readonly why: string };

/** Requests of one package, within the limits. */
class Caller {
  count = 0;
  /** Refusals for a limit since the last success: the pause grows with them. */
  private refusals = 0;
  private readonly redactor = createRedactor();
  private readonly base: URL;
  private readonly fetch: typeof fetch;

  constructor(
    private readonly options: PackagesOptions,
    private readonly limits: GitHubLimits,
  ) {
    const { githubUrl, token } = options;
    this.redactor.add(token);
    this.base = new URL(githubUrl.endsWith("/") ? githubUrl : `${githubUrl}/`);
    this.fetch = options.fetch ?? fetch;
  }

  /** A read, tried again where that may help; undefined: 404. */
  async read(path: string): Promise<{ readonly json: unknown; readonly headers: Headers } | undefined> {
    let why = "";
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const answer = await this.send("GET", path);
      if (answer.kind === "lost") why = answer.why;
      else if (answer.status === 200) return answer;
      else if (answer.status === 404) return undefined;
      else if (isLimit(answer)) {
        const pause = this.pauseAfter(answer);
        if (pause > longestPause) break;
        why = "rate limit";
        await this.limits.wait(pause, "GitHub asks to wait");
        continue;
      } else if (answer.status < 500) throw this.denied(answer.status, wordsOf(answer));
      else why = `status ${answer.status}`;
      if (attempt < attempts) await this.limits.wait(backoff(attempt), `GitHub fails (${why})`);
    }
    throw this.failed(why);
  }

  async deed(method: "DELETE" | "POST", path: string): Promise<Deed> {
    const answer = await this.send(method, path);
    if (answer.kind === "lost") return { outcome: "unsure", why: answer.why };
    const { status } = answer;
    if (status < 300) return { outcome: "done" };
    if (isLimit(answer)) return { outcome: "limited", pause: this.pauseAfter(answer) };
    if (status === 404) return { outcome: "not-found" };
    if (status === 401 || status === 403)
      return { outcome: "denied", words: this.redactor.redact(wordsOf(answer)) };
    if (status >= 500 || status === 408) return { outcome: "unsure", why: `status ${status}` };
    return { outcome: "refused", words: this.redactor.redact(wordsOf(answer)) };
  }

  private async send(method: Method, path: string): Promise<Answer> {
    await this.limits.ready([method]);
    this.limits.sent(method);
    this.count++;
    try {
      const response = await this.fetch(new URL(path, this.base), {
        method,
        headers: {
          authorization: `Bearer ${this.options.token}`,
          accept: "application/vnd.github+json",
          "x-github-api-version": "2022-11-28",
          "user-agent": "ghcr-platform",
        },
        redirect: "error",
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      this.limits.answered(response.headers);
      if (response.status < 300) this.refusals = 0;
      const { status, headers } = response;
      const json = parsed(text);
      // A body that breaks off is an answer that was lost.
      if (status === 200 && json === undefined) return { kind: "lost", why: "an answer that is no JSON" };
      return { kind: "answer", status, headers, json, text };
    } catch (error) {
      if (!isNetworkFailure(error)) throw error;
      return { kind: "lost", why: this.redactor.redact(reasonOf(error)) };
    }
  }

  private pauseAfter({ headers }: Answer & { kind: "answer" }): number {
    return this.limits.pauseAfter(headers, ++this.refusals);
  }

  private denied(status: number, words: string): PlatformError {
    return new PlatformError({
      code: "github-denied",
      where: `${this.options.owner}/${this.options.name}`,
      problem: `GitHub refuses to show the package (${status}: ${this.redactor.redact(words)})`,
      fix: "use a classic token or a workflow's GITHUB_TOKEN with read:packages; fine-grained tokens don't do",
    });
  }

  private failed(why: string): PlatformError {
    const limited = why === "rate limit";
    return new PlatformError({
      code: limited ? "github-limited" : "github-unreachable",
      where: this.base.host,
      problem: limited ? "GitHub's rate limit doesn't end" : `GitHub's API doesn't answer (${why})`,
      fix: "run it again later; everything that was done is recorded",
    });
  }
}

/** 429, or a 403 that a limit is the reason for; any other 403 is about rights. */
function isLimit({ status, headers, text }: Answer & { kind: "answer" }): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers.has("retry-after") ||
    headers.get("x-ratelimit-remaining") === "0" ||
    /rate.limit|abuse/i.test(text)
  );
}

/** From half a second, doubled each time. */
export function backoff(attempt: number): number {
  return 500 * 2 ** (attempt - 1);
}

function wordsOf({ json, text }: Answer & { kind: "answer" }): string {
  const message =
    typeof json === "object" && json !== null ? (json as { message?: unknown }).message : undefined;
  return (typeof message === "string" ? message : text.trim().replace(/\s+/g, " ")).slice(0, 300);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNetworkFailure(error: unknown): boolean {
  // fetch: TypeError with a cause, or "terminated"; AbortSignal.timeout: TimeoutError.
  return error instanceof TypeError || (error instanceof Error && error.name === "TimeoutError");
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: unknown } };
  return typeof cause?.code === "string" ? cause.code : message;
}
