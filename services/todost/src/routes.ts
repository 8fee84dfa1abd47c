import type { IncomingMessage } from "node:http";
import type { Config } from "./config.ts";
import { RequestError, readJson, type Answer } from "./http.ts";
import type { Todo, TodoStore } from "./store.ts";
import { checkNewTodo, checkQuery, checkTodoChange, type Checked } from "./validation.ts";

export interface Service {
  readonly config: Config;
  readonly store: TodoStore;
  readonly now: () => Date;
}

type Handler = (request: IncomingMessage) => Answer | Promise<Answer>;

/** The handler's answer, or a RequestError for 404 and 405 and for what the client sent wrong. */
export async function answer(request: IncomingMessage, service: Service): Promise<Answer> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const methods = methodsOf(url, service);
  if (!methods) throw new RequestError(404, "not-found", `there is nothing at ${url.pathname}`);
  const method = request.method === "HEAD" ? "GET" : (request.method ?? "GET");
  const handler = methods[method];
  if (!handler) {
    const allow = Object.keys(methods).join(", ");
    throw new RequestError(405, "method-not-allowed", `${method} is not allowed here`, {
      headers: { allow },
    });
  }
  return handler(request);
}

function methodsOf(url: URL, service: Service): Partial<Record<string, Handler>> | undefined {
  if (url.pathname === "/healthz") return { GET: () => health(service) };
  if (url.pathname === "/version") return { GET: () => version(service) };
  if (url.pathname === "/todos") {
    return { GET: () => list(url, service), POST: (request) => create(request, service) };
  }
  const id = /^\/todos\/([1-9]\d{0,14})$/.exec(url.pathname)?.[1];
  if (id === undefined) return undefined;
  return {
    GET: () => ({ status: 200, body: found(service.store.get(Number(id)), id) }),
    PATCH: (request) => change(request, Number(id), service),
    DELETE: () => remove(Number(id), service),
  };
}

function health({ store }: Service): Answer {
  store.check();
  return { status: 200, body: { status: "ok" } };
}

function version({ config }: Service): Answer {
  return {
    status: 200,
    body: { service: "todost", version: config.version, revision: config.revision, node: process.version },
  };
}

function list(url: URL, { store }: Service): Answer {
  const query = checked(checkQuery(url.searchParams));
  // One more than asked for, to know whether there is a next page.
  const rows = store.list({ ...query, limit: query.limit + 1 });
  const todos = rows.slice(0, query.limit);
  return {
    status: 200,
    body: { todos, next: rows.length > todos.length ? (todos.at(-1)?.id ?? null) : null },
  };
}

async function create(request: IncomingMessage, { store, now }: Service): Promise<Answer> {
  const todo = store.add(checked(checkNewTodo(await readJson(request))), now());
  return { status: 201, body: todo, headers: { location: `/todos/${todo.id}` } };
}

async function change(request: IncomingMessage, id: number, { store, now }: Service): Promise<Answer> {
  const wanted = checked(checkTodoChange(await readJson(request)));
  return { status: 200, body: found(store.change(id, wanted, now()), String(id)) };
}

function remove(id: number, { store }: Service): Answer {
  if (!store.remove(id)) throw missing(String(id));
  return { status: 204 };
}

function found(todo: Todo | undefined, id: string): Todo {
  if (!todo) throw missing(id);
  return todo;
}

function missing(id: string): RequestError {
  return new RequestError(404, "not-found", `there is no to-do ${id}`);
}

function checked<T>(result: Checked<T>): T {
  if (result.ok) return result.value;
  const message = result.faults.map(({ field, problem }) => `${field || "the body"} ${problem}`).join("; ");
  throw new RequestError(400, "invalid-input", message, { faults: result.faults });
}
