/**
 * The front of the sandbox's registry: what ghcr.io is to its users, before a plain registry that holds the bytes.
 * Accounts, packages and faults are the GitHub stand-in's; this process keeps no state.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { assertLoopback, isLoopbackName, listen } from "../github-api/server";
import { answerTo, type Delivery, type FrontParts } from "./front";
import { GitHubLink } from "./github-link";
import { Tokens } from "./tokens";
import { Upstream } from "./upstream";

export interface GhcrOptions {
  /** 0 or left out: a free one. */
  readonly port?: number;
  /** A loopback address; 127.0.0.1 when left out. */
  readonly address?: string;
  /** The registry behind: `127.0.0.1:18482`. */
  readonly registry: string;
  /** The GitHub stand-in: `http://127.0.0.1:18480`. */
  readonly github: string;
}

export interface Ghcr {
  /** `127.0.0.1:<port>`, as it stands in image references. Plain HTTP. */
  readonly host: string;
  /** Answers what is under way first, for five seconds at most. */
  close(): Promise<void>;
}

const who = "the registry's front";

/** @throws PlatformError `not-loopback`, `port-in-use` */
export async function startGhcr(options: GhcrOptions): Promise<Ghcr> {
  const { address = "127.0.0.1" } = options;
  assertLoopback(address, who);
  let host = "";
  const upstream = new Upstream(options.registry, () => host);
  const github = new GitHubLink(options.github);
  const parts: FrontParts = { github, upstream, tokens: new Tokens(), front: () => host };
  const server = createServer((message, answer) => {
    respond(parts, message, answer).catch((error: unknown) => fail(error, answer));
  });
  const port = await listen(server, address, options.port ?? 0, who);
  host = `${address.includes(":") ? `[${address}]` : address}:${port}`;
  return {
    host,
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      const impatient = setTimeout(() => server.closeAllConnections(), 5_000);
      await closed;
      clearTimeout(impatient);
      upstream.close();
      github.close();
    },
  };
}

async function respond(parts: FrontParts, message: IncomingMessage, answer: ServerResponse): Promise<void> {
  // A page in a browser may reach loopback by a name of its own: only our own names are answered.
  if (!isLoopbackName(message.headers.host)) return void answer.writeHead(403).end("not a loopback host");
  if (message.url === "/_sandbox/health") return void answer.writeHead(200).end('{"ok":true}');
  const delivery = await answerTo(message, parts);
  if (delivery.reset) return void message.socket.destroy();
  await send(delivery, message, answer);
}

async function send(
  { outcome, truncate }: Delivery,
  message: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const { status, headers, body } = outcome;
  answer.writeHead(status, headers as Record<string, string>);
  // What a client goes on sending after a refusal is read and let go, so that it sees the answer.
  message.resume();
  if (message.method === "HEAD") {
    if (!Buffer.isBuffer(body)) body.resume();
    return void answer.end();
  }
  const source = Buffer.isBuffer(body) ? [body] : body;
  const length = Number(headers["content-length"] ?? Infinity);
  const sent =
    truncate === undefined
      ? pipeline(source, answer)
      : sendPart(source, Math.min(truncate, length - 1), answer);
  // A client that goes away in the middle of its answer is no fault of the front's.
  await sent.catch((error: unknown) => {
    if (!answer.destroyed) throw error;
  });
}

/** Sends so many bytes, then breaks the connection off. */
async function sendPart(
  source: Iterable<Buffer> | AsyncIterable<Buffer>,
  bytes: number,
  answer: ServerResponse,
): Promise<void> {
  let left = bytes;
  for await (const chunk of source) {
    const part = chunk.subarray(0, left);
    await new Promise((written) => answer.write(part, written));
    left -= part.length;
    if (left === 0) break;
  }
  answer.destroy();
}

function fail(error: unknown, answer: ServerResponse): void {
  // Whoever went away in the middle of an upload waits for no answer.
  if (answer.destroyed) return;
  console.error(error);
  if (!answer.headersSent) answer.writeHead(500, { "content-type": "application/json" });
  answer.end(JSON.stringify({ errors: [{ code: "UNKNOWN", message: "defect of the registry's front" }] }));
}
