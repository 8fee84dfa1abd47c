/** Which request gets which answer. Pure: no sockets, no clock, no environment. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `target` is the request line's: a path, with or without a query. */
export function answer(method: string, target: string, builtFrom: Readonly<Record<string, string>>): Answer {
  const path = target.split("?")[0] ?? "/";
  const pages: Readonly<Record<string, Answer["body"]>> = {
    "/": { message: "starter-service is here" },
    "/healthz": { status: "ok" },
    "/version": { service: "starter-service", ...builtFrom },
  };
  const body = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (body === undefined) return error(404, "not-found", `there is nothing at ${path}`);
  if (method !== "GET" && method !== "HEAD") {
    return error(405, "method-not-allowed", `${method} is not allowed here`);
  }
  return { status: 200, body };
}

function error(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } };
}
