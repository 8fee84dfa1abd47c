/**
 * A registry in this process, for tests: the part of the distribution specification that `clients/registry.ts`
 * uses, with faults on demand and a journal. Manners that differ between registries are switches.
 */
import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An answer that is given instead of the right one. */
export interface RegistryFault {
  /** Which requests it hits, matched against `<METHOD> <path with query>`. */
  readonly on: RegExp;
  /** How many of them. Default 1. */
  times?: number;
  /** Default 500. 0 breaks the connection instead of answering. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Changes the right answer's body instead. */
  readonly tamper?: (body: Buffer) => Buffer;
  /** Called when it hits, before anything is answered: lets a test change the registry in between. */
  readonly before?: () => void;
}

export interface FakeRegistryOptions {
  /** `bearer` as ghcr.io signs in, `basic`, or nobody asks. Default `none`. */
  readonly auth?: "none" | "bearer" | "basic";
  readonly username?: string;
  readonly password?: string;
  /** May sign in but not push. */
  readonly readOnly?: boolean;
  /** Has the referrers API; ghcr.io has not. */
  readonly referrersApi?: boolean;
  /** Tags a page. Default 100. */
  readonly pageSize?: number;
  /** Leaves Docker-Content-Digest out. */
  readonly noDigestHeader?: boolean;
}

interface Stored {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

export class FakeRegistry {
  /** `127.0.0.1:<port>`. */
  host = "";
  /** `<METHOD> <path with query>` of every request, in order. */
  readonly journal: string[] = [];
  /** Authorization headers in order, "" for none. */
  readonly authorizations: string[] = [];
  readonly faults: RegistryFault[] = [];
  private readonly manifests = new Map<string, Stored>();
  private readonly tagged = new Map<string, string>();
  private readonly blobs = new Map<string, Buffer>();
  private readonly tokens = new Map<string, string>();
  private readonly server = createServer((request, response) => void this.handle(request, response));

  constructor(readonly options: FakeRegistryOptions = {}) {}

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Stores a manifest under a tag and gives its digest. */
  put(repository: string, reference: string, mediaType: string, content: unknown): string {
    const bytes = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
    const digest = sha256(bytes);
    this.manifests.set(`${repository}@${digest}`, { bytes, mediaType });
    if (!reference.includes(":")) this.tagged.set(`${repository}:${reference}`, digest);
    return digest;
  }

  putBlob(repository: string, content: unknown): string {
    const bytes = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
    this.blobs.set(`${repository}@${sha256(bytes)}`, bytes);
    return sha256(bytes);
  }

  tag(repository: string, tag: string): string | undefined {
    return this.tagged.get(`${repository}:${tag}`);
  }

  /** Points a tag at a digest, as another client would do meanwhile. */
  retag(repository: string, tag: string, digest: string): void {
    this.tagged.set(`${repository}:${tag}`, digest);
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const line = `${request.method} ${request.url}`;
    this.journal.push(line);
    this.authorizations.push(request.headers.authorization ?? "");
    const fault = this.faults.find(({ on, times = 1 }) => times > 0 && on.test(line));
    if (fault !== undefined) fault.times = (fault.times ?? 1) - 1;
    fault?.before?.();
    const right = () => this.answer(request, Buffer.concat(chunks));
    if (fault === undefined) return send(response, right());
    if (fault.tamper !== undefined) {
      const answer = right();
      return send(response, { ...answer, body: fault.tamper(answer.body ?? Buffer.alloc(0)) });
    }
    if (fault.status === 0) return void request.socket.destroy();
    // A fault that only wants to be told goes on as usual.
    if (fault.before !== undefined && fault.status === undefined) return send(response, right());
    send(response, {
      status: fault.status ?? 500,
      headers: { ...fault.headers },
      body: Buffer.from(fault.body ?? ""),
    });
  }

  private answer(request: IncomingMessage, body: Buffer): FakeAnswer {
    const url = new URL(request.url ?? "/", `http://${this.host}`);
    const method = request.method ?? "";
    if (url.pathname === "/token") return this.token(request, url);
    const [, repository = "", kind = "", reference = ""] =
      /^\/v2\/(.+)\/(manifests|blobs\/uploads|blobs|tags|referrers)\/([^/]*)$/.exec(
        decodeURI(url.pathname),
      ) ?? [];
    const refusal = this.refusal(request.headers.authorization ?? "", repository, method);
    if (refusal !== undefined) return refusal;
    if (kind === "blobs/uploads") return this.upload(repository, method, url, body);
    if (kind === "tags") return this.tagList(repository, url);
    if (kind === "blobs")
      return found(this.blobs.get(`${repository}@${reference}`), "application/octet-stream");
    if (kind === "referrers") return this.referrers(repository, reference);
    if (kind === "manifests" && method === "PUT") return this.store(repository, reference, request, body);
    if (kind === "manifests") return this.manifest(repository, reference, request);
    return error(404, "NAME_UNKNOWN", "no such route");
  }

  /** POST opens an upload, whose address has a query already; PUT there, with the digest, ends it. */
  private upload(repository: string, method: string, url: URL, body: Buffer): FakeAnswer {
    if (method === "POST")
      return { status: 202, headers: { location: `${url.pathname}${randomUUID()}?_state=open` } };
    if (url.searchParams.get("digest") !== sha256(body))
      return error(400, "DIGEST_INVALID", "digest differs");
    this.putBlob(repository, body.toString("utf8"));
    return { status: 201 };
  }

  private manifest(repository: string, reference: string, request: IncomingMessage): FakeAnswer {
    const digest = reference.includes(":") ? reference : this.tagged.get(`${repository}:${reference}`);
    const stored = digest === undefined ? undefined : this.manifests.get(`${repository}@${digest}`);
    // As ghcr.io: a type that is not accepted is a manifest that isn't there.
    if (digest === undefined || stored === undefined || !request.headers.accept?.includes(stored.mediaType)) {
      return error(404, "MANIFEST_UNKNOWN", "manifest unknown");
    }
    return found(stored.bytes, stored.mediaType, this.options.noDigestHeader ? undefined : digest);
  }

  private store(repository: string, reference: string, request: IncomingMessage, bytes: Buffer): FakeAnswer {
    const digest = sha256(bytes);
    if (reference.includes(":") && reference !== digest)
      return error(400, "DIGEST_INVALID", "digest differs");
    this.put(repository, reference, request.headers["content-type"] ?? "", bytes.toString("utf8"));
    return { status: 201, headers: { "docker-content-digest": digest } };
  }

  private tagList(repository: string, url: URL): FakeAnswer {
    const prefix = `${repository}:`;
    const tags = [...this.tagged.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
    if (tags.length === 0) return error(404, "NAME_UNKNOWN", "repository name not known");
    const last = url.searchParams.get("last");
    const size = Math.min(Number(url.searchParams.get("n") ?? 100), this.options.pageSize ?? 100);
    const start = last === null ? 0 : tags.indexOf(last) + 1;
    const page = tags.slice(start, start + size);
    const next = `</v2/${repository}/tags/list?n=${size}&last=${page.at(-1)}>; rel="next"`;
    return json(200, { name: repository, tags: page }, start + size < tags.length ? { link: next } : {});
  }

  private referrers(repository: string, subject: string): FakeAnswer {
    if (!this.options.referrersApi) return error(404, "NOT_FOUND", "page not found");
    const manifests = [...this.manifests].flatMap(([key, { bytes, mediaType }]) => {
      const content = JSON.parse(bytes.toString("utf8")) as {
        subject?: { digest: string };
        artifactType?: string;
      };
      if (!key.startsWith(`${repository}@`) || content.subject?.digest !== subject) return [];
      return [{ mediaType, digest: sha256(bytes), size: bytes.length, artifactType: content.artifactType }];
    });
    const mediaType = "application/vnd.oci.image.index.v1+json";
    return json(200, { schemaVersion: 2, mediaType, manifests });
  }

  private token(request: IncomingMessage, url: URL): FakeAnswer {
    const { username = "", password = "" } = this.options;
    const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    if (request.headers.authorization !== wanted)
      return json(403, { errors: [{ code: "DENIED", message: "denied" }] });
    const token = `token-${randomUUID()}`;
    this.tokens.set(token, url.searchParams.get("scope") ?? "");
    return json(200, { token });
  }

  /** Ends all tokens that were given out. */
  expireTokens(): void {
    this.tokens.clear();
  }

  private refusal(authorization: string, repository: string, method: string): FakeAnswer | undefined {
    const { auth = "none", username = "", password = "", readOnly } = this.options;
    if (auth === "none") return undefined;
    const scope = `repository:${repository}:${isWrite(method) ? "pull,push" : "pull"}`;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const held =
      auth === "basic" ? authorization === basic : this.tokens.get(authorization.slice(7)) === scope;
    if (held)
      return readOnly && isWrite(method)
        ? error(403, "DENIED", "permission_denied: write_package")
        : undefined;
    const realm = `Bearer realm="http://${this.host}/token",service="ghcr.io",scope="${scope}"`;
    const challenge = auth === "basic" ? 'Basic realm="registry"' : realm;
    return {
      ...error(401, "UNAUTHORIZED", "authentication required"),
      headers: { "www-authenticate": challenge },
    };
  }
}

interface FakeAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer;
}

function isWrite(method: string): boolean {
  return method === "PUT" || method === "POST";
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function found(bytes: Buffer | undefined, mediaType: string, digest?: string): FakeAnswer {
  if (bytes === undefined) return error(404, "BLOB_UNKNOWN", "blob unknown");
  const headers = {
    "content-type": mediaType,
    ...(digest === undefined ? {} : { "docker-content-digest": digest }),
  };
  return { status: 200, headers, body: bytes };
}

function error(status: number, code: string, message: string): FakeAnswer {
  return json(status, { errors: [{ code, message }] });
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): FakeAnswer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { "content-type": "application/json", ...headers }, body };
}

function send(response: ServerResponse, { status, headers = {}, body = Buffer.alloc(0) }: FakeAnswer): void {
  // Node leaves the body of an answer to HEAD out by itself, and keeps its length.
  response.writeHead(status, { ...headers, "content-length": body.length }).end(body);
}
