/** What was asked, for assertions such as "a second up makes one call". Never an Authorization header. */
import { appendFile, type FileHandle, open } from "node:fs/promises";

export interface JournalEntry {
  /** Counts up from the start of the process. */
  readonly n: number;
  readonly at: string;
  readonly method: string;
  /** Without GHES's prefix. */
  readonly path: string;
  readonly query: string;
  /** operationId; `git/…` for git's own transport; absent for what GitHub doesn't document. */
  readonly operation?: string;
  readonly status: number;
  /** Whose token. */
  readonly login?: string;
  readonly ms: number;
  /** Of writes, as sent, with what is sealed left out. */
  readonly body?: unknown;
  /** The fault that was ordered for it. */
  readonly fault?: string;
}

/** As many as are kept in memory; the file has all. */
const kept = 20_000;

export class RequestJournal {
  #entries: JournalEntry[] = [];
  #n = 0;
  #writing: Promise<void> = Promise.resolve();

  private constructor(private readonly file: FileHandle) {}

  static async open(path: string): Promise<RequestJournal> {
    return new RequestJournal(await open(path, "a", 0o600));
  }

  add(entry: Omit<JournalEntry, "n">): void {
    const numbered: JournalEntry = { n: (this.#n += 1), ...entry };
    this.#entries.push(numbered);
    if (this.#entries.length > kept) this.#entries.shift();
    // Not waited for: the request journal is a record for people, not part of the state.
    this.#writing = this.#writing.then(() => appendFile(this.file, `${JSON.stringify(numbered)}\n`));
  }

  entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** Forgets what is in memory; the file stays. */
  clear(): void {
    this.#entries = [];
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.file.close();
  }
}

/** Longer texts, files above all, are told by their length. */
const longest = 1000;

/** A body for the journal: sealed values are left out, since a client may have sent one that isn't sealed. */
export function journaledBody(body: unknown): unknown {
  if (typeof body === "string" && body.length > longest) return `[${body.length} characters]`;
  if (body === null || typeof body !== "object") return body;
  if (Array.isArray(body)) return body.map(journaledBody);
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [
      name,
      name === "encrypted_value" ? `[${String(value).length} characters]` : journaledBody(value),
    ]),
  );
}
