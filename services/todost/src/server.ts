import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { RequestError, send, type Answer } from "./http.ts";
import { log } from "./log.ts";
import { answer, type Service } from "./routes.ts";

// Bounds a client that sends slowly, and with that the time that a stop can take.
const REQUEST_TIMEOUT_MS = 10_000;

/** The HTTP server around the routes; not yet listening. */
export function createTodoServer(service: Service): Server {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    (request, response) => void handle(request, response, service, () => !server.listening),
  );
  // The default answer to a malformed request is plain text; ours are JSON.
  server.on("clientError", (_error, socket) => {
    if (!socket.writable) return void socket.destroy();
    const body = `${JSON.stringify({ error: { code: "bad-request", message: "the request is malformed" } })}\n`;
    socket.end(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  });
  return server;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  service: Service,
  isStopping: () => boolean,
): Promise<void> {
  const started = process.hrtime.bigint();
  const result = await answer(request, service).catch((error: unknown) => toAnswer(error, request));
  response.on("close", () => {
    log("info", "request", {
      method: request.method,
      path: request.url,
      status: result.status,
      finished: response.writableFinished,
      milliseconds: Number((process.hrtime.bigint() - started) / 10_000n) / 100,
    });
  });
  // Else a stop would wait until the kept-alive connection has been idle for long enough.
  if (isStopping()) response.shouldKeepAlive = false;
  send(response, result);
}

function toAnswer(error: unknown, request: IncomingMessage): Answer {
  if (error instanceof RequestError) return error.answer;
  // What went wrong is for the log; a client learns only that it did.
  log("error", "request failed", {
    method: request.method,
    path: request.url,
    error: error instanceof Error ? error.stack : String(error),
  });
  return { status: 500, body: { error: { code: "internal", message: "the service failed" } } };
}
