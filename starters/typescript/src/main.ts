/** Entry point of starter-service: reads the environment once, serves until it is told to stop. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answer } from "./routes.ts";

/** How long a stop waits for running requests before it cuts them off. */
const STOP_LIMIT_MS = 12_000;

const port = process.env["PORT"] ?? "8080";
if (/^\d{1,5}$/.test(port) && Number(port) <= 65535) {
  await serve(process.env["HOST"] ?? "0.0.0.0", Number(port));
} else {
  const problem = `PORT must be a whole number from 0 to 65535, not ${JSON.stringify(port)}`;
  log("error", "the configuration is wrong", { problem });
  process.exitCode = 2;
}

/** Runs until SIGTERM or SIGINT: then no new connections, and running requests end. */
async function serve(host: string, port: number): Promise<void> {
  // VERSION and REVISION come from the image's build.
  const builtFrom = {
    version: process.env["VERSION"] || "unknown",
    revision: process.env["REVISION"] || "unknown",
  };
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (request, response) => {
    const { method = "GET", url = "/" } = request;
    const { status, body } = answer(method, url, builtFrom);
    const text = `${JSON.stringify(body)}\n`;
    response.writeHead(status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(text),
    });
    response.end(text);
    log("info", "request", { method, path: url, status });
  });
  server.listen(port, host);
  await once(server, "listening");
  // Before it says that it listens: whoever reads that may stop it at once.
  const signalled = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  log("info", "listening", { host, port: (server.address() as AddressInfo).port, ...builtFrom });

  const [signal] = (await signalled) as [string];
  log("info", "stopping", { signal });
  const cut = setTimeout(() => server.closeAllConnections(), STOP_LIMIT_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(cut);
  log("info", "stopped");
}

/** One JSON object a line on standard output. */
function log(level: "info" | "error", message: string, fields: Record<string, unknown> = {}): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
}
