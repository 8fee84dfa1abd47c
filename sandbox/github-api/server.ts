/** The listener: loopback only, and three kinds of request behind it (the API, git's transport, the controls). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { PlatformError } from "../../core/errors";
import { controlAnswer, type ControlParts } from "./control";
import { gitRequest, serveGit, type GitRequest } from "./git/transport";
import { isoSeconds } from "./git/objects";
import type { Clock } from "./clock";
import type { Api } from "./pipeline/api";
import { authenticate } from "./pipeline/authenticate";
import { ApiError } from "./pipeline/errors";
import { authorise } from "./pipeline/permissions";
import { readRequest, type Response } from "./pipeline/request";
import type { RequestJournal } from "./pipeline/request-journal";
import type { Repository } from "./state/tables";

const loopbackHosts = new Set(["127.0.0.1", "::1", "localhost"]);

/** @throws PlatformError `not-loopback`: what is here holds tokens and asks nobody who they are at the controls */
export function assertLoopback(host: string, who = "the GitHub stand-in"): void {
  if (loopbackHosts.has(host)) return;
  throw new PlatformError({
    code: "not-loopback",
    where: `host of ${who}`,
    problem: "the stand-in listens on the loopback interface only",
    got: host,
    fix: "use 127.0.0.1 (or ::1), and an SSH tunnel to reach it from elsewhere",
  });
}

/** @throws PlatformError `port-in-use` */
export async function listen(
  server: Server,
  host: string,
  port: number,
  who = "the GitHub stand-in",
): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") return reject(error);
      reject(
        new PlatformError({
          code: "port-in-use",
          where: `port of ${who}`,
          problem: "another program listens on this port",
          got: `${host}:${port}`,
          fix: "stop that program, or choose another port",
        }),
      );
    });
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === "string")
        throw new Error("a TCP server has an address and a port");
      resolve(address.port);
    });
  });
}

/** @param header of a request: `Host` */
export function isLoopbackName(header: string | undefined): boolean {
  return loopbackHosts.has((header ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, ""));
}

export interface ServerParts extends ControlParts {
  readonly clock: Clock;
  readonly httpBackend: string;
  readonly gitRoot: string;
  readonly journal: RequestJournal;
  readonly api: Api;
}

/** @param parts there when the port is known and the state read; requests that come sooner wait */
export function newServer(parts: Promise<ServerParts>): Server {
  const answered = async (message: IncomingMessage, answer: ServerResponse): Promise<void> =>
    respond(await parts, message, answer);
  return createServer((message, answer) => {
    answered(message, answer).catch((error: unknown) => {
      console.error(error);
      if (!answer.headersSent) answer.writeHead(500);
      answer.end();
    });
  });
}

async function respond(parts: ServerParts, message: IncomingMessage, answer: ServerResponse): Promise<void> {
  // A page in a browser may reach loopback by a name of its own: only our own names are answered.
  if (!isLoopbackName(message.headers.host))
    return send(answer, { status: 403, headers: {}, body: "not a loopback host" });
  const git = gitRequest(message.url ?? "");
  if (git !== undefined) return transport(parts, git, message, answer);
  const request = await readRequest(message);
  // No page in a browser has business at the controls.
  const foreign = message.headers.origin !== undefined && request.path.startsWith("/_sandbox/");
  if (foreign) return send(answer, { status: 403, headers: {}, body: "not for browsers" });
  if (request.path.startsWith("/_sandbox/")) return send(answer, await controlAnswer(parts, request));
  const outcome = await parts.api.answer(request);
  if (outcome === "reset") return void message.socket.destroy();
  return send(answer, outcome, request.method === "HEAD");
}

function send(answer: ServerResponse, { status, headers, body, truncate }: Response, headOnly = false): void {
  const bytes = Buffer.from(body);
  answer.writeHead(status, { ...headers, "Content-Length": bytes.length });
  if (truncate === undefined || headOnly) return void answer.end(headOnly ? undefined : bytes);
  answer.write(bytes.subarray(0, Math.min(truncate, bytes.length - 1)), () => answer.destroy());
}

async function transport(
  parts: ServerParts,
  git: GitRequest,
  message: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const { store, pushes, clock, journal } = parts;
  const started = performance.now();
  const record = (status: number, login?: string): void =>
    journal.add({
      at: clock.now().toISOString(),
      method: message.method ?? "",
      path: (message.url ?? "").split("?")[0] ?? "",
      query: (message.url ?? "").split("?")[1] ?? "",
      operation: git.push ? "git/receive-pack" : "git/upload-pack",
      status,
      ...(login === undefined ? {} : { login }),
      ms: Math.round(performance.now() - started),
    });
  try {
    const actor = authenticate(message.headers.authorization, store.state, clock.now());
    if (actor === "bad credentials" || actor?.app !== undefined) throw new ApiError(401, "Bad credentials");
    const repository = gitTarget(parts, git);
    const backend = {
      program: parts.httpBackend,
      root: parts.gitRoot,
      folder: `${repository.id}.git`,
      user: actor?.account.login,
    };
    if (!git.push) {
      authorise(actor, { id: "git/upload-pack", method: "GET" }, repository, store.state);
      return record(await serveGit(git, message, answer, { ...backend, env: {} }), actor?.account.login);
    }
    const { id, env } = pushes.begin(repository, actor);
    const before = await pushes.references(repository.id);
    const status = await serveGit(git, message, answer, { ...backend, env }, () =>
      pushes.end(id, before, isoSeconds(clock.now())),
    );
    record(status, actor?.account.login);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Without credentials git is asked for some; GitHub does so for what isn't there, too.
    const anonymous = message.headers.authorization === undefined;
    const status = anonymous ? 401 : error.status;
    record(status);
    const challenge: Record<string, string> =
      status === 401 ? { "WWW-Authenticate": 'Basic realm="GitHub"' } : {};
    send(answer, {
      status,
      headers: { "Content-Type": "text/plain", ...challenge },
      body: `${error.message}\n`,
    });
  }
}

function gitTarget({ store: { state } }: ServerParts, git: GitRequest): Repository {
  const named = state.repository(git.owner, git.name);
  const former = state.get("formerNames", `${git.owner}/${git.name}`.toLowerCase());
  const found = named ?? (former === undefined ? undefined : state.get("repositories", former.repositoryId));
  if (found === undefined) throw new ApiError(404, "Repository not found.");
  return found;
}
