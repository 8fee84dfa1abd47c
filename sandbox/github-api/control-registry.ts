/**
 * `/_sandbox/registry/…`: what the registry's front (sandbox/ghcr) asks and tells, and `/_sandbox/packages`: what
 * a person does on a package's settings page, for which GitHub has no API.
 */
import { z } from "zod";
import type { Clock } from "./clock";
import { isoSeconds } from "./git/objects";
import { packageNamed, versionAt, versionsOf } from "./packages/lookup";
import { pushEvents } from "./packages/pushes";
import { ownerAndName, registryAccess, type RegistryAccess } from "./packages/registry-access";
import { actorOf } from "./pipeline/authenticate";
import { notFound } from "./pipeline/errors";
import type { Fault, Faults } from "./pipeline/faults";
import { ownerLock, type Locks } from "./pipeline/locks";
import type { RequestJournal } from "./pipeline/request-journal";
import type { ReadonlyState } from "./state/state";
import type { Store } from "./state/store";
import { put, type Event } from "./state/tables";

export interface RegistryControlParts {
  readonly store: Store;
  readonly locks: Locks;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly journal: RequestJournal;
}

const questionSchema = z.strictObject({
  method: z.string(),
  path: z.string(),
  /** `registry/<kind>`, for faults. */
  operation: z.string(),
  /** SHA-256 of the token, hex; null: nobody's. */
  credential: z.string().nullable(),
  /** With its owner. */
  repository: z.string().optional(),
  /** A tag or digest to look up. */
  reference: z.string().optional(),
  /** Asks for the tags, at most so many, after the last one that was seen. */
  tags: z.strictObject({ size: z.int().nonnegative(), last: z.string().optional() }).optional(),
});

export type Question = z.input<typeof questionSchema>;

/** What the front is told about a request before it does anything. */
export interface Verdict {
  /** False for a token that is nobody's. */
  readonly known: boolean;
  readonly login?: string;
  readonly access?: RegistryAccess;
  readonly manifest?: { readonly digest: string; readonly mediaType: string };
  /** In lexical order (distribution specification 1.1, "Listing Tags"). */
  readonly tags?: { readonly page: readonly string[]; readonly more: boolean };
  /** Ordered for this request: the front makes it happen. */
  readonly fault?: Fault;
}

const acceptedSchema = z.strictObject({
  credential: z.string(),
  repository: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  tag: z.string().optional(),
  source: z.string().optional(),
});

export type Accepted = z.input<typeof acceptedSchema>;

const answeredSchema = z.strictObject({
  method: z.string(),
  path: z.string(),
  query: z.string(),
  operation: z.string(),
  status: z.int(),
  login: z.string().optional(),
  ms: z.int().nonnegative(),
  fault: z.string().optional(),
  /** A manifest that was read, which GitHub counts as a download. */
  downloaded: z.strictObject({ repository: z.string(), digest: z.string() }).optional(),
});

export type Answered = z.input<typeof answeredSchema>;

const settingsSchema = z.strictObject({
  owner: z.string(),
  name: z.string(),
  visibility: z.enum(["public", "private"]).optional(),
  /** Name of a repository of the same owner; null takes the link away. */
  repository: z.string().nullable().optional(),
  /** Digest → downloads in all. */
  downloads: z.record(z.string(), z.int().nonnegative()).optional(),
});

export type PackageSettings = z.input<typeof settingsSchema>;

export function verdictOn(parts: RegistryControlParts, body: unknown): Verdict {
  const asked = questionSchema.parse(body);
  const fault = parts.faults.take(asked.method, asked.path, asked.operation);
  const reads = asked.method === "GET" || asked.method === "HEAD";
  const { state } = parts.store;
  const now = parts.clock.now();
  const actor = asked.credential === null ? undefined : actorOf(asked.credential, state, now);
  if (asked.credential !== null && actor === undefined) return { known: false, ...(fault && { fault }) };
  return {
    known: true,
    ...(actor === undefined ? {} : { login: actor.account.login }),
    ...(fault && { fault }),
    ...(asked.repository === undefined
      ? {}
      : {
          access: registryAccess(actor, asked.repository, state),
          ...contents(asked.repository, asked, reads ? parts.store.state.before(fault?.stale ?? 0) : state),
        }),
  };
}

function contents(
  repository: string,
  { reference, tags: wanted }: z.output<typeof questionSchema>,
  state: ReadonlyState,
): Pick<Verdict, "manifest" | "tags"> {
  const at = ownerAndName(repository, state);
  const found = at === undefined ? undefined : packageNamed(at.owner, at.name, state);
  if (found === undefined) return {};
  const version = reference === undefined ? undefined : versionAt(found, reference, state);
  const manifest = version && { digest: version.digest, mediaType: version.mediaType };
  if (wanted === undefined) return manifest === undefined ? {} : { manifest };
  const { size, last } = wanted;
  const all = versionsOf(found, state).flatMap((one) => one.tags);
  const rest = all.sort().filter((tag) => last === undefined || tag > last);
  return { tags: { page: rest.slice(0, size), more: rest.length > size } };
}

/** @throws ApiError 404 where the token or the owner has gone since the front asked */
export async function manifestAccepted(parts: RegistryControlParts, body: unknown): Promise<void> {
  const { credential, repository, tag, source, ...manifest } = acceptedSchema.parse(body);
  await changePackages(parts, repository, (state, now) => {
    const pushedBy = actorOf(credential, state, parts.clock.now())?.account;
    const at = ownerAndName(repository, state);
    if (pushedBy === undefined || at === undefined) throw notFound();
    return pushEvents({ ...manifest, ...at, tag, source, pushedBy }, state, parts.store.ids, now);
  });
}

export async function requestAnswered(parts: RegistryControlParts, body: unknown): Promise<void> {
  const { downloaded, login, fault, ...entry } = answeredSchema.parse(body);
  const optional = { ...(login === undefined ? {} : { login }), ...(fault === undefined ? {} : { fault }) };
  parts.journal.add({ at: parts.clock.now().toISOString(), ...entry, ...optional });
  if (downloaded === undefined) return;
  await changePackages(parts, downloaded.repository, (state) => {
    const at = ownerAndName(downloaded.repository, state);
    const found = at === undefined ? undefined : packageNamed(at.owner, at.name, state);
    if (found === undefined) return [];
    const key = `${found.id}/${downloaded.digest}`;
    return [put("packageDownloads", key, { count: (state.get("packageDownloads", key)?.count ?? 0) + 1 })];
  });
}

/** @throws ApiError 404 for a package or repository that isn't there */
export async function changeSettings(parts: RegistryControlParts, body: unknown): Promise<void> {
  const wanted = settingsSchema.parse(body);
  const { visibility, repository, downloads = {} } = wanted;
  await changePackages(parts, `${wanted.owner}/${wanted.name}`, (state, now) => {
    const at = ownerAndName(`${wanted.owner}/${wanted.name}`, state);
    const found = at === undefined ? undefined : packageNamed(at.owner, at.name, state);
    if (found === undefined) throw notFound("Package not found.");
    const linked = typeof repository !== "string" ? undefined : state.repository(wanted.owner, repository);
    if (typeof repository === "string" && linked === undefined) throw notFound();
    const changed = {
      ...found,
      ...(visibility === undefined ? {} : { visibility }),
      ...(repository === undefined ? {} : { repositoryId: linked?.id ?? null }),
      updatedAt: now,
    };
    return [
      ...(visibility === undefined && repository === undefined ? [] : [put("packages", found.id, changed)]),
      ...Object.entries(downloads).map(([digest, count]) =>
        put("packageDownloads", `${found.id}/${digest}`, { count }),
      ),
    ];
  });
}

/** In turn with the API's writes to the owner's packages. */
function changePackages(
  { store, locks, clock }: RegistryControlParts,
  repository: string,
  change: (state: ReadonlyState, now: string) => Event[],
): Promise<void> {
  const owner = repository.split("/")[0] ?? "";
  return locks.run([ownerLock(owner)], () => store.commit(change(store.state, isoSeconds(clock.now()))));
}
