/** The plain registry behind the front. Bodies are streamed both ways; only manifests are read whole. */
import { Agent, request, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { pipeline, type Readable } from "node:stream";
import type { Outcome } from "./answers";

/** Headers of one connection, RFC 9110, 7.6.1; and those that are between the client and the front. */
const own = new Set([
  ...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade"],
  ...["transfer-encoding", "authorization", "host", "expect"],
]);
/** ghcr.io knows no referrers, and doesn't say of a subject that it does. */
const withheld = new Set(["oci-subject"]);

export interface UpstreamRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Buffer | Readable;
}

export class Upstream {
  readonly #agent = new Agent({ keepAlive: true });

  /**
   * @param registry `127.0.0.1:18482`
   * @param front the front's own host, which the registry names in the addresses that it gives
   */
  constructor(
    private readonly registry: string,
    private readonly front: () => string,
  ) {}

  /** The registry's answer with its body still to come. @throws Error when it can't be reached */
  async send({ method, path, headers, body }: UpstreamRequest): Promise<Outcome> {
    const { hostname, port } = new URL(`http://${this.registry}`);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(
        {
          agent: this.#agent,
          host: hostname,
          port,
          method,
          path,
          headers: { ...passedOn(headers), host: this.front() },
        },
        resolve,
      );
      sent.once("error", reject);
      if (body === undefined || Buffer.isBuffer(body)) return void sent.end(body);
      // A client that goes away in the middle takes the request to the registry with it.
      pipeline(body, sent, (error) => error && reject(error));
    });
    const answered = Object.entries(passedOn(response.headers)).filter(([name]) => !withheld.has(name));
    return {
      status: response.statusCode ?? 502,
      headers: Object.fromEntries(answered) as Record<string, string>,
      body: response,
    };
  }

  /** A small document; undefined where it isn't there or is larger than that, in bytes. */
  async small(path: string, limit: number): Promise<Buffer | undefined> {
    const { status, body } = await this.send({ method: "GET", path, headers: {} });
    const bytes = await readWhole(body as Readable, limit);
    return status === 200 ? bytes : undefined;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Undefined past the limit, in bytes; what comes after it is let go by. */
export async function readWhole(stream: Readable, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size <= limit ? Buffer.concat(chunks) : undefined;
}

function passedOn(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => !own.has(name) && value !== undefined),
  );
}
