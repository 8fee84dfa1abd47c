import type { IncomingMessage, ServerResponse } from "node:http";

export const MAX_BODY_BYTES = 16 * 1024;

export interface Answer {
  readonly status: number;
  /** Undefined for an answer without a body (204). */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a client did wrong, on its way to becoming an answer. */
export class RequestError extends Error {
  readonly answer: Answer;

  constructor(
    status: number,
    code: string,
    message: string,
    extra: Partial<Answer> & { faults?: unknown } = {},
  ) {
    super(message);
    const { faults, ...rest } = extra;
    this.answer = { status, body: { error: { code, message, ...(faults ? { faults } : {}) } }, ...rest };
  }
}

/** The request's body as JSON. Refuses another content type (415), too many bytes (413), wrong JSON (400). */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new RequestError(415, "unsupported-media-type", "the body must be sent as application/json");
  }
  const text = await readText(request);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new RequestError(400, "invalid-json", "the body is not valid JSON");
  }
}

export function send(response: ServerResponse, answer: Answer): void {
  const text = answer.body === undefined ? "" : `${JSON.stringify(answer.body)}\n`;
  response.writeHead(answer.status, {
    ...(answer.body === undefined
      ? {}
      : { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(text) }),
    "x-content-type-options": "nosniff",
    ...answer.headers,
  });
  response.end(text);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed on return: that would take the connection down before the answer is on it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      // The rest is read and dropped, for as long as a request may take: a client that is still sending
      // when the connection closes would see a reset in place of the answer.
      request.resume();
      throw new RequestError(413, "body-too-large", `the body has more than ${MAX_BODY_BYTES} bytes`, {
        headers: { connection: "close" },
      });
    }
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new RequestError(400, "invalid-json", "the body is not valid UTF-8");
  }
}
