/** Manifests: read by what the packages say, written to the registry and then told to GitHub. */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { Verdict } from "../github-api/control-registry";
import { manifestUnknown, refusal, type Outcome } from "./answers";
import type { GitHubLink } from "./github-link";
import type { Route } from "./routes";
import { readWhole, type Upstream } from "./upstream";

const indexes: Readonly<Record<string, string>> = {
  "application/vnd.oci.image.index.v1+json": "OCI index",
  "application/vnd.docker.distribution.manifest.list.v2+json": "Docker manifest list",
};
const configTypes = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);
const sourceName = "org.opencontainers.image.source";

/** Distribution specification 1.1: registries should take 4 MiB at least. */
const manifestLimit = 4 * 1024 * 1024;
const configLimit = 1024 * 1024;

/**
 * By the version that the reference means, whatever the registry behind still has: a deleted version's bytes are
 * kept for its restore, and are not given out.
 */
export async function readManifest(
  message: IncomingMessage,
  { repository }: Route,
  { manifest }: Verdict,
  upstream: Upstream,
): Promise<Outcome> {
  if (manifest === undefined) return manifestUnknown();
  const { digest, mediaType } = manifest;
  const kind = indexes[mediaType];
  if (kind !== undefined && !accepted(message.headers.accept).includes(mediaType)) {
    return manifestUnknown(`${kind} found, but Accept header does not support ${kind}es`);
  }
  const method = message.method ?? "GET";
  const path = `/v2/${repository}/manifests/${digest}`;
  const etag = message.headers["if-none-match"];
  const headers = { accept: mediaType, ...(etag === undefined ? {} : { "if-none-match": etag }) };
  const answer = await upstream.send({ method, path, headers });
  return method === "GET" && answer.status === 200 ? { ...answer, downloaded: digest } : answer;
}

/** @param credential whose push it is: SHA-256 of the token, hex */
export async function writeManifest(
  message: IncomingMessage,
  { repository, reference }: Route,
  credential: string,
  { upstream, github }: { readonly upstream: Upstream; readonly github: GitHubLink },
): Promise<Outcome> {
  const bytes = await readWhole(message, manifestLimit);
  if (bytes === undefined) return refusal(413, "MANIFEST_INVALID", "manifest too large");
  const answer = await upstream.send({
    method: "PUT",
    path: message.url ?? "",
    headers: { ...message.headers, "content-length": bytes.length },
    body: bytes,
  });
  if (answer.status !== 201) return answer;
  // Read before anything is awaited that may fail: an answer left unread holds its connection.
  const body = (await readWhole(answer.body as Readable, manifestLimit)) ?? Buffer.alloc(0);
  const source = await sourceOf(bytes, repository, upstream);
  await github.accepted({
    credential,
    repository,
    digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    mediaType: message.headers["content-type"]?.split(";")[0]?.trim() ?? "",
    ...(reference.includes(":") ? {} : { tag: reference }),
    ...(source === undefined ? {} : { source }),
  });
  return { ...answer, body };
}

function accepted(header: string | undefined): string[] {
  return (header ?? "").split(",").map((one) => one.split(";")[0]?.trim() ?? "");
}

interface ManifestDocument {
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly config?: { readonly mediaType?: unknown; readonly digest?: unknown };
}

/** The repository that an image says it is made from: an annotation, or a label of its configuration. */
async function sourceOf(bytes: Buffer, repository: string, upstream: Upstream): Promise<string | undefined> {
  const { annotations, config } = parsed(bytes) as ManifestDocument;
  const annotation = annotations?.[sourceName];
  if (typeof annotation === "string") return annotation;
  if (!configTypes.has(String(config?.mediaType))) return undefined;
  const blob = await upstream.small(`/v2/${repository}/blobs/${String(config?.digest)}`, configLimit);
  const { config: settings } = parsed(blob) as { config?: { Labels?: Record<string, unknown> | null } };
  const label = settings?.Labels?.[sourceName];
  return typeof label === "string" ? label : undefined;
}

/** `{}` for what is no JSON object: a build cache's configuration is whatever its maker likes. */
function parsed(bytes: Buffer | undefined): object {
  try {
    const value: unknown = JSON.parse(bytes?.toString("utf8") ?? "");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
