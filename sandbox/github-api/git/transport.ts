/** `git clone` and `git push` over HTTP: git's own server program, as a CGI behind our authentication. */
import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gitEnvironment } from "./run";

/** A request of git's smart HTTP protocol. */
export interface GitRequest {
  readonly owner: string;
  readonly name: string;
  /** `info/refs`, `git-upload-pack` or `git-receive-pack`. */
  readonly action: string;
  /** Whether it is (part of) a push. */
  readonly push: boolean;
}

/** @returns undefined for what is no request of git's: `/owner/name[.git]/info/refs?service=…` and its two kin */
export function gitRequest(url: string): GitRequest | undefined {
  const [path = "", query = ""] = url.split("?");
  const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path);
  if (match === null) return undefined;
  const [, owner = "", name = "", action = ""] = match;
  const service = new URLSearchParams(query).get("service");
  if (action === "info/refs" && service === null) return undefined;
  return { owner, name, action, push: (service ?? action) === "git-receive-pack" };
}

export interface Backend {
  /** git-http-backend. */
  readonly program: string;
  /** Folder that holds the bare repositories. */
  readonly root: string;
  /** Name of the repository's folder in it. */
  readonly folder: string;
  readonly user: string | undefined;
  /** For the hooks of a push. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Lets git's server program answer; resolves with its status. What is to be done by the time the client sees the
 * end of the answer is `beforeEnd`.
 */
export function serveGit(
  request: GitRequest,
  message: IncomingMessage,
  answer: ServerResponse,
  backend: Backend,
  beforeEnd: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  const child = spawn(backend.program, [], {
    env: gitEnvironment({ ...cgiEnvironment(request, message, backend), ...backend.env }),
    stdio: ["pipe", "pipe", "pipe"],
  });
  message.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  return new Promise((resolve, reject) => {
    let head: Buffer | undefined = Buffer.alloc(0);
    let status = 500;
    child.stdout.on("data", (chunk: Buffer) => {
      if (head === undefined) return void answer.write(chunk);
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf("\r\n\r\n");
      if (end === -1) return;
      status = writeHead(head.subarray(0, end).toString(), answer);
      answer.write(head.subarray(end + 4));
      head = undefined;
    });
    child.on("error", reject);
    child.on("close", () => {
      if (head !== undefined) answer.writeHead(500).write(`git: ${complaint}`);
      beforeEnd()
        .finally(() => answer.end())
        .then(() => resolve(status), reject);
    });
  });
}

function cgiEnvironment(
  request: GitRequest,
  message: IncomingMessage,
  backend: Backend,
): Record<string, string> {
  const header = (name: string): string => {
    const value = message.headers[name];
    return typeof value === "string" ? value : "";
  };
  return {
    GIT_PROJECT_ROOT: backend.root,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: `/${backend.folder}/${request.action}`,
    QUERY_STRING: (message.url ?? "").split("?")[1] ?? "",
    REQUEST_METHOD: message.method ?? "GET",
    CONTENT_TYPE: header("content-type"),
    // A body sent in chunks has no length; the program then reads to its end.
    ...(header("content-length") === "" ? {} : { CONTENT_LENGTH: header("content-length") }),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    GIT_PROTOCOL: header("git-protocol"),
    REMOTE_ADDR: "127.0.0.1",
    ...(backend.user === undefined ? {} : { REMOTE_USER: backend.user }),
  };
}

/** A CGI program's head: header lines, with the status as one of them. */
function writeHead(head: string, answer: ServerResponse): number {
  const lines = head
    .split("\r\n")
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  const status = Number(lines.find(([name]) => name?.toLowerCase() === "status")?.[1]?.slice(0, 3) ?? 200);
  for (const [name = "", value = ""] of lines) {
    if (name.toLowerCase() !== "status") answer.setHeader(name, value);
  }
  answer.writeHead(status);
  return status;
}
