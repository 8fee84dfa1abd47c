/**
 * GitHub Packages and ghcr.io for one container package, in memory, with a clock of its own. It lists, deletes,
 * refuses and restores as GitHub does, counts what was done, and fails on request.
 */
import { createHash } from "node:crypto";
import type { Clock } from "../github-limits";
import type { Manifest, Registry } from "../registry";
import { RegistryError } from "../registry-error";
import type { Digest } from "../../core/names";
import { types } from "./images";

export interface FakeRow {
  readonly id: number;
  readonly digest: Digest;
  readonly createdAt: string;
  updatedAt: string;
  tags: string[];
}

/** What happens to the next call that fits, instead of or around the right answer. */
export interface PackagesFault {
  /** Against `<METHOD> <path with query>`. */
  readonly on: RegExp;
  /** @default 1 */
  times?: number;
  /** How many fitting calls go by untouched first. @default 0 */
  skip?: number;
  /** Answered instead; 0: the connection is reset. Without it the call is answered as usual. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whether what was asked for is done although it is answered so. @default false */
  readonly done?: boolean;
  /** What others do right before the call is looked at, and right after. */
  readonly before?: () => void;
  readonly after?: () => void;
}

export interface FakePackagesOptions {
  /** @default orgs */
  readonly kind?: "orgs" | "users";
  readonly visibility?: "public" | "private";
  /** `<owner>/<name>` of the repository that it is linked to. @default none */
  readonly repository?: string;
  readonly order?: "newest-first" | "oldest-first";
  /** Requests an hour; no header says so if it is left out. */
  readonly hourly?: number;
}

export interface Push {
  readonly tags?: readonly string[];
  /** Makes it an index. */
  readonly children?: readonly Digest[];
  readonly subject?: Digest;
  /** Makes the manifest another one. @default the number of pushes */
  readonly salt?: string;
  /** Makes it a manifest of something that is no image. */
  readonly artifact?: {
    readonly artifactType: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
}

export const pageSize = 100;

export class FakePackages {
  readonly owner = "albeorla";
  readonly name = "todost";
  rows: FakeRow[] = [];
  deletedRows: FakeRow[] = [];
  readonly downloads = new Map<number, number>();
  readonly journal: string[] = [];
  /** Deletions that were done, by id. */
  readonly deletions: number[] = [];
  readonly restorations: number[] = [];
  readonly faults: PackagesFault[] = [];
  readonly pauses: number[] = [];
  /** Times at which points were spent, to check the limit from GitHub's side. */
  readonly points: { readonly at: number; readonly points: number }[] = [];
  manifestReads: string[] = [];
  time = Date.parse("2026-11-24T12:00:00Z");
  /** The number of the call after whose deed the caller is dead: it never sees an answer. */
  killAfter = Infinity;
  onKill = (): void => {};
  private readonly manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  private nextId = 1;
  private spentThisHour = 0;
  private hourEnds = this.time + 3_600_000;

  constructor(readonly options: FakePackagesOptions = {}) {}

  readonly clock: Clock = {
    now: () => this.time,
    pause: async (milliseconds) => {
      this.pauses.push(milliseconds);
      this.time += milliseconds;
    },
  };

  /** Pushes a manifest; a tag that another version has moves here. Pushing the same again only moves tags. */
  push({
    tags = [],
    children,
    subject,
    salt = String(this.nextId),
    artifact = undefined,
  }: Push = {}): Digest {
    const config = { mediaType: types.config, digest: sha256(`config ${salt}`), size: 100 };
    const layer = { mediaType: types.layer, digest: sha256(`layer ${salt}`), size: 1_000 };
    const mediaType = children === undefined ? types.manifest : types.index;
    const referred = subject === undefined ? {} : { subject: this.descriptor(subject) };
    const content =
      children === undefined
        ? { schemaVersion: 2, mediaType, config, layers: [layer], ...referred, ...artifact }
        : {
            ...{ schemaVersion: 2, mediaType, annotations: { salt } },
            manifests: children.map((digest) => this.descriptor(digest)),
            ...referred,
          };
    const bytes = Buffer.from(JSON.stringify(content));
    const digest = sha256(bytes);
    this.manifests.set(digest, { bytes, mediaType });
    if (this.find(digest) === undefined) {
      const at = new Date(this.time).toISOString();
      this.rows.push({ id: this.nextId++, digest, createdAt: at, updatedAt: at, tags: [] });
    }
    for (const tag of tags) this.retag(tag, digest);
    return digest;
  }

  retag(tag: string, digest: Digest): void {
    const row = this.find(digest);
    if (row === undefined) throw new Error(`${digest} is not there to be tagged`);
    for (const other of this.rows) {
      if (!other.tags.includes(tag)) continue;
      other.tags = other.tags.filter((each) => each !== tag);
      other.updatedAt = new Date(this.time).toISOString();
    }
    row.tags.push(tag);
    row.updatedAt = new Date(this.time).toISOString();
  }

  find(digest: Digest): FakeRow | undefined {
    return this.rows.find((row) => row.digest === digest);
  }

  /** As another client would; no refusal. */
  remove(id: number): void {
    const row = this.rows.find((each) => each.id === id);
    if (row === undefined) return;
    this.rows = this.rows.filter((each) => each !== row);
    this.deletedRows.push(row);
  }

  /** Everything that the digest needs and that isn't there: empty if it is whole. */
  missingBelow(digest: Digest, seen = new Set<Digest>()): Digest[] {
    if (seen.has(digest)) return [];
    seen.add(digest);
    if (this.find(digest) === undefined) return [digest];
    const content = JSON.parse(this.manifests.get(digest)?.bytes.toString() ?? "{}") as {
      manifests?: { digest: Digest }[];
    };
    return (content.manifests ?? []).flatMap((child) => this.missingBelow(child.digest, seen));
  }

  readonly registry: Pick<Registry, "manifest"> = {
    manifest: async (_, reference): Promise<Manifest> => {
      await this.served(`GET /v2/manifests/${reference}`);
      this.manifestReads.push(reference);
      const stored = this.manifests.get(reference);
      if (stored === undefined || this.find(reference as Digest) === undefined)
        throw new RegistryError(`GET ${reference}`, 404, "MANIFEST_UNKNOWN", "");
      const { bytes, mediaType } = stored;
      const json: unknown = JSON.parse(bytes.toString());
      return { digest: reference as Digest, mediaType, size: bytes.length, bytes, json };
    },
  };

  readonly fetch = (async (input: URL, init: RequestInit): Promise<Response> => {
    const line = `${init.method ?? "GET"} ${input.pathname}${input.search}`;
    return this.served(line, () => this.answer(line, input));
  }) as typeof fetch;

  private async served(line: string): Promise<undefined>;
  private async served(line: string, right: () => Response): Promise<Response>;
  private async served(line: string, right?: () => Response): Promise<Response | undefined> {
    this.journal.push(line);
    this.time += 50;
    this.points.push({ at: this.time, points: line.startsWith("GET") ? 1 : 5 });
    this.spentThisHour++;
    const fault = this.nextFault(line);
    fault?.before?.();
    const answer = fault?.status === undefined || fault.done === true ? right?.() : undefined;
    fault?.after?.();
    if (this.journal.length === this.killAfter) {
      this.onKill();
      await new Promise(() => {});
    }
    if (fault?.status === undefined) return answer === undefined ? undefined : this.withHour(answer);
    if (fault.status === 0) throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
    return new Response(fault.body ?? "{}", { status: fault.status, headers: { ...fault.headers } });
  }

  private nextFault(line: string): PackagesFault | undefined {
    for (const fault of this.faults) {
      if (!fault.on.test(line) || (fault.times ?? 1) <= 0) continue;
      if ((fault.skip ?? 0) > 0) {
        fault.skip = (fault.skip ?? 0) - 1;
        continue;
      }
      fault.times = (fault.times ?? 1) - 1;
      return fault;
    }
    return undefined;
  }

  private withHour(answer: Response): Response {
    const { hourly } = this.options;
    if (hourly === undefined) return answer;
    if (this.time >= this.hourEnds) {
      this.spentThisHour = 1;
      this.hourEnds = this.time + 3_600_000;
    }
    const headers = {
      "x-ratelimit-limit": String(hourly),
      "x-ratelimit-remaining": String(Math.max(0, hourly - this.spentThisHour)),
      "x-ratelimit-reset": String(Math.ceil(this.hourEnds / 1_000)),
    };
    const refused = this.spentThisHour > hourly;
    if (refused) return new Response("{}", { status: 403, headers });
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value);
    return answer;
  }

  private answer(line: string, url: URL): Response {
    const { kind = "orgs" } = this.options;
    const base = `/${kind}/${this.owner}/packages/container/${this.name}`;
    if (!url.pathname.startsWith(base)) return refusal(404, "Package not found.");
    const rest = url.pathname.slice(base.length);
    if (rest === "") {
      const { visibility = "private" } = this.options;
      const html_url = `https://github.test/${kind}/${this.owner}/packages/container/package/${this.name}`;
      const repository = this.options.repository;
      return json({
        ...{ id: 1, name: this.name, visibility, version_count: this.rows.length, html_url },
        ...(repository === undefined ? {} : { repository: { full_name: repository } }),
      });
    }
    if (rest === "/versions") return this.list(url);
    const id = Number(rest.split("/")[2]);
    if (line.startsWith("DELETE")) return this.delete(id);
    if (line.startsWith("POST")) return this.restore(id);
    const row = this.rows.find((each) => each.id === id);
    return row === undefined ? refusal(404, "Not Found") : json(shown(row));
  }

  private list(url: URL): Response {
    const deleted = url.searchParams.get("state") === "deleted";
    const rows = [...(deleted ? this.deletedRows : this.rows)];
    rows.sort((one, other) => other.id - one.id);
    if (this.options.order === "oldest-first") rows.reverse();
    const [size, page] = [Number(url.searchParams.get("per_page")), Number(url.searchParams.get("page"))];
    const next = page * size < rows.length ? { link: `<${url.href}&next>; rel="next"` } : {};
    return json(rows.slice((page - 1) * size, page * size).map(shown), next);
  }

  private delete(id: number): Response {
    const row = this.rows.find((each) => each.id === id);
    if (row === undefined) return refusal(404, "Not Found");
    const tagged = this.rows.filter(({ tags }) => tags.length > 0);
    if (tagged.length === 1 && tagged[0] === row)
      return refusal(
        400,
        "You cannot delete the last tagged version of a package. You must delete the package instead.",
      );
    if (this.options.visibility === "public" && (this.downloads.get(id) ?? 0) > 5_000)
      return refusal(
        400,
        "Publicly visible package versions with more than 5000 downloads cannot be deleted.",
      );
    this.remove(id);
    this.deletions.push(id);
    return new Response(null, { status: 204 });
  }

  private restore(id: number): Response {
    const row = this.deletedRows.find((each) => each.id === id);
    if (row === undefined) return refusal(404, "Not Found");
    this.deletedRows = this.deletedRows.filter((each) => each !== row);
    const taken = new Set(this.rows.flatMap(({ tags }) => tags));
    row.tags = row.tags.filter((tag) => !taken.has(tag));
    this.rows.push(row);
    this.restorations.push(id);
    return new Response(null, { status: 204 });
  }

  private descriptor(digest: Digest) {
    const stored = this.manifests.get(digest);
    return { mediaType: stored?.mediaType ?? types.manifest, digest, size: stored?.bytes.length ?? 500 };
  }
}

function shown({ id, digest, createdAt, updatedAt, tags }: FakeRow) {
  const metadata = { package_type: "container", container: { tags } };
  return { id, name: digest, created_at: createdAt, updated_at: updatedAt, metadata };
}

function refusal(status: number, message: string): Response {
  return json({ message, documentation_url: "https://docs.github.com/rest" }, {}, status);
}

function json(value: unknown, headers: Record<string, string> = {}, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

// The cast: 64 hexadecimal digits are what sha256 gives.
function sha256(content: string | Buffer): Digest {
  return `sha256:${createHash("sha256").update(content).digest("hex")}` as Digest;
}
