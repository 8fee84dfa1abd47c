import type { NewTodo, TodoChange, TodoQuery } from "./store.ts";

/** One thing that is wrong with what a client sent. */
export interface InputFault {
  readonly field: string;
  readonly problem: string;
}

export type Checked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly faults: readonly InputFault[] };

export const MAX_TITLE_LENGTH = 200;
export const MAX_LIMIT = 100;
const FIELDS = ["title", "done"];

/** The body of `POST /todos`: a title, and `done` if it isn't false. */
export function checkNewTodo(body: unknown): Checked<NewTodo> {
  const { fields, faults } = checkFields(body);
  if (fields.title === undefined && !faults.some((fault) => fault.field !== "done")) {
    faults.push({ field: "title", problem: "is missing" });
  }
  if (faults.length > 0 || fields.title === undefined) return { ok: false, faults };
  return { ok: true, value: { title: fields.title, done: fields.done ?? false } };
}

/** The body of `PATCH /todos/{id}`: at least one field. */
export function checkTodoChange(body: unknown): Checked<TodoChange> {
  const { fields, faults } = checkFields(body);
  if (faults.length === 0 && Object.keys(fields).length === 0) {
    faults.push({ field: "", problem: `names nothing to change; fields are ${FIELDS.join(", ")}` });
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: fields };
}

/** The query of `GET /todos`: `done`, `after`, `limit`. */
export function checkQuery(query: URLSearchParams): Checked<TodoQuery> {
  const faults: InputFault[] = [];
  for (const name of new Set(query.keys())) {
    if (!["done", "after", "limit"].includes(name)) faults.push({ field: name, problem: "is not known" });
    else if (query.getAll(name).length > 1) faults.push({ field: name, problem: "is given more than once" });
  }
  const done = query.get("done");
  if (done !== null && done !== "true" && done !== "false") {
    faults.push({ field: "done", problem: "must be true or false" });
  }
  const after = wholeNumber(query.get("after") ?? "0", 0, Number.MAX_SAFE_INTEGER);
  if (after === undefined) faults.push({ field: "after", problem: "must be the id of a to-do, or 0" });
  const limit = wholeNumber(query.get("limit") ?? String(MAX_LIMIT), 1, MAX_LIMIT);
  if (limit === undefined) faults.push({ field: "limit", problem: `must be from 1 to ${MAX_LIMIT}` });

  if (faults.length > 0 || after === undefined || limit === undefined) return { ok: false, faults };
  return { ok: true, value: { done: done === null ? undefined : done === "true", after, limit } };
}

function checkFields(body: unknown): { fields: { title?: string; done?: boolean }; faults: InputFault[] } {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { fields: {}, faults: [{ field: "", problem: "must be a JSON object" }] };
  }
  const faults: InputFault[] = Object.keys(body)
    .filter((name) => !FIELDS.includes(name))
    .map((name) => ({ field: name, problem: `is not known; fields are ${FIELDS.join(", ")}` }));
  const fields: { title?: string; done?: boolean } = {};
  if ("title" in body) {
    const problem = titleProblem(body.title);
    if (problem !== undefined) faults.push({ field: "title", problem });
    else fields.title = String(body.title).trim();
  }
  if ("done" in body) {
    if (typeof body.done === "boolean") fields.done = body.done;
    else faults.push({ field: "done", problem: "must be true or false" });
  }
  return { fields, faults };
}

function titleProblem(title: unknown): string | undefined {
  if (typeof title !== "string") return "must be a string";
  if (title.trim() === "") return "is empty";
  if (title.trim().length > MAX_TITLE_LENGTH) return `is longer than ${MAX_TITLE_LENGTH} characters`;
  // A lone surrogate can't be stored as UTF-8 and would come back as another character.
  if (/\p{Cc}/u.test(title) || !title.isWellFormed()) return "has characters that can't be printed";
  return undefined;
}

function wholeNumber(text: string, least: number, greatest: number): number | undefined {
  const value = Number(text);
  return /^\d{1,16}$/.test(text) && value >= least && value <= greatest ? value : undefined;
}
