import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

export interface Todo {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NewTodo {
  readonly title: string;
  readonly done: boolean;
}

export type TodoChange = Partial<NewTodo>;

export interface TodoQuery {
  readonly done: boolean | undefined;
  /** Only to-dos with a greater id. */
  readonly after: number;
  readonly limit: number;
}

/**
 * The schema's steps, in order; `user_version` counts those that a database has behind it. Only ever append:
 * a database on disk may be at any of them.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE todos (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     title TEXT NOT NULL,
     done INTEGER NOT NULL CHECK (done IN (0, 1)),
     created_at TEXT NOT NULL,
     updated_at TEXT NOT NULL
   ) STRICT`,
];

/** To-dos in a SQLite file. Every call is one transaction; ids are never used twice. */
export class TodoStore {
  readonly #database: DatabaseSync;

  constructor(file: string) {
    this.#database = new DatabaseSync(file);
    // Write-ahead log: a reader doesn't wait for a writer, and a killed process loses no finished write.
    this.#database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000");
    this.#migrate();
  }

  list(query: TodoQuery): Todo[] {
    const filter = query.done === undefined ? "" : "AND done = :done";
    const parameters = {
      after: query.after,
      limit: query.limit,
      ...(query.done === undefined ? {} : { done: Number(query.done) }),
    };
    return this.#database
      .prepare(`SELECT * FROM todos WHERE id > :after ${filter} ORDER BY id LIMIT :limit`)
      .all(parameters)
      .map(toTodo);
  }

  get(id: number): Todo | undefined {
    const row = this.#database.prepare("SELECT * FROM todos WHERE id = ?").get(id);
    return row && toTodo(row);
  }

  add(todo: NewTodo, now: Date): Todo {
    const time = now.toISOString();
    const row = this.#database
      .prepare("INSERT INTO todos (title, done, created_at, updated_at) VALUES (?, ?, ?, ?) RETURNING *")
      .get(todo.title, Number(todo.done), time, time);
    if (!row) throw new Error("INSERT … RETURNING gave no row");
    return toTodo(row);
  }

  /** Undefined if there is no such to-do. */
  change(id: number, change: TodoChange, now: Date): Todo | undefined {
    const row = this.#database
      .prepare(
        `UPDATE todos SET title = coalesce(:title, title), done = coalesce(:done, done), updated_at = :now
         WHERE id = :id RETURNING *`,
      )
      .get({
        id,
        title: change.title ?? null,
        done: change.done === undefined ? null : Number(change.done),
        now: now.toISOString(),
      });
    return row && toTodo(row);
  }

  /** False if there is no such to-do. */
  remove(id: number): boolean {
    return Number(this.#database.prepare("DELETE FROM todos WHERE id = ?").run(id).changes) > 0;
  }

  /** Throws if the database can't be read. */
  check(): void {
    this.#database.prepare("SELECT count(*) FROM (SELECT 1 FROM todos LIMIT 1)").get();
  }

  close(): void {
    this.#database.close();
  }

  #migrate(): void {
    const version = Number(this.#database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > MIGRATIONS.length) {
      throw new Error(`the database is at schema ${version}, this program knows ${MIGRATIONS.length}`);
    }
    for (const [index, step] of MIGRATIONS.entries()) {
      if (index < version) continue;
      this.#database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`);
    }
  }
}

function toTodo(row: Record<string, SQLOutputValue>): Todo {
  return {
    id: Number(row["id"]),
    title: String(row["title"]),
    done: row["done"] === 1,
    createdAt: String(row["created_at"]),
    updatedAt: String(row["updated_at"]),
  };
}
