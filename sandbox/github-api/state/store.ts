/**
 * State that survives the process, however it ends: every change is appended to `journal.jsonl` before it is
 * answered; `snapshot.json` takes the journal's place from time to time. A machine that loses its power may lose the
 * last ones: nobody waits for a disk in a sandbox.
 */
import { appendFile, close, ftruncate, openSync } from "node:fs";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { PlatformError } from "../../../core/errors";
import { State } from "./state";
import type { Event } from "./tables";

/** A journal line: the n-th change, and the last id handed out by then. */
interface Entry {
  readonly n: number;
  readonly lastId: number;
  readonly events: readonly Event[];
}

interface Snapshot {
  readonly format: 1;
  readonly n: number;
  readonly lastId: number;
  readonly tables: Record<string, Record<string, unknown>>;
}

/** So many journal lines make a snapshot due. */
const snapshotEvery = 2000;

/** Ids start above those that tests like to write by hand. */
const firstId = 1000;

export interface Ids {
  next(): number;
}

export class Store {
  readonly state: State;
  #n: number;
  #lastId: number;
  #lines: number;
  readonly #folder: string;
  /** A file descriptor. */
  readonly #journal: number;
  #waiting: { line: string; done: () => void; failed: (error: unknown) => void }[] = [];
  #writing: Promise<void> | undefined;
  /** Why nothing more can be stored: memory and disk may differ since. */
  #broken: unknown;

  private constructor(folder: string, journal: number, base: Snapshot, entries: readonly Entry[]) {
    this.#folder = folder;
    this.#journal = journal;
    this.state = State.fromSnapshot(base.tables);
    for (const entry of entries) this.state.apply(entry.events);
    this.#n = entries.at(-1)?.n ?? base.n;
    this.#lastId = entries.at(-1)?.lastId ?? base.lastId;
    this.#lines = entries.length;
  }

  /**
   * Opens the folder, made if it is not there. A last journal line that the process died in is cut off: what it
   * held was never answered.
   * @throws PlatformError `sandbox-data-damaged` when another line, or the snapshot, can't be read
   */
  static async open(folder: string): Promise<Store> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const base = await readSnapshot(join(folder, "snapshot.json"));
    const file = join(folder, "journal.jsonl");
    const { entries, wholeBytes } = readJournal(file, await readIfThere(file));
    const journal = openSync(file, "a", 0o600);
    await promisify(ftruncate)(journal, wholeBytes);
    const store = new Store(
      folder,
      journal,
      base,
      entries.filter((entry) => entry.n > base.n),
    );
    if (store.#lines > 0) await store.#snapshot();
    return store;
  }

  /** Ids that no restart hands out twice; stored with the change that first uses them. */
  readonly ids: Ids = { next: () => (this.#lastId += 1) };

  /** Applies at once, resolves when the change is in the journal. */
  commit(events: readonly Event[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    this.state.apply(events);
    const entry: Entry = { n: (this.#n += 1), lastId: this.#lastId, events };
    return new Promise((done, failed) => {
      this.#waiting.push({ line: `${JSON.stringify(entry)}\n`, done, failed });
      this.#writing ??= this.#write();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    if (this.#lines > 0 && this.#broken === undefined) await this.#snapshot();
    await promisify(close)(this.#journal);
  }

  /** Writes what is waiting, as often as more has come in the meantime: all that came together in one go. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await promisify(appendFile)(this.#journal, batch.map((one) => one.line).join(""));
        this.#lines += batch.length;
        for (const one of batch) one.done();
        if (this.#lines >= snapshotEvery && this.#waiting.length === 0) await this.#snapshot();
      } catch (error) {
        // Part of a line may be in the file: what followed it could not be read.
        this.#broken = error;
        for (const one of [...batch, ...this.#waiting]) one.failed(error);
        this.#waiting = [];
      }
    }
    // In the same turn as the loop's last look: a change that comes any later starts a new round.
    this.#writing = undefined;
  }

  /** Between rename and truncate a crash is harmless: lines that the snapshot holds are skipped by number. */
  async #snapshot(): Promise<void> {
    const snapshot: Snapshot = { format: 1, n: this.#n, lastId: this.#lastId, tables: this.state.snapshot() };
    const file = join(this.#folder, "snapshot.json");
    const fresh = await open(`${file}.new`, "w", 0o600);
    await fresh.writeFile(JSON.stringify(snapshot));
    await fresh.sync();
    await fresh.close();
    await rename(`${file}.new`, file);
    await promisify(ftruncate)(this.#journal, 0);
    this.#lines = 0;
  }
}

async function readSnapshot(file: string): Promise<Snapshot> {
  const text = await readIfThere(file);
  if (text === "") return { format: 1, n: 0, lastId: firstId, tables: {} };
  try {
    return JSON.parse(text) as Snapshot;
  } catch (cause) {
    throw damaged(file, "the snapshot is not JSON", cause);
  }
}

function readJournal(file: string, text: string): { entries: Entry[]; wholeBytes: number } {
  const entries: Entry[] = [];
  let wholeBytes = 0;
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    if (end === -1) break;
    const line = text.slice(start, end);
    try {
      entries.push(JSON.parse(line) as Entry);
    } catch (cause) {
      throw damaged(file, `line ${entries.length + 1} is not JSON`, cause);
    }
    wholeBytes += Buffer.byteLength(line) + 1;
    start = end + 1;
  }
  return { entries, wholeBytes };
}

function damaged(file: string, problem: string, cause: unknown): PlatformError {
  const fix = "remove the sandbox's data (make down, make clean) and start again";
  return new PlatformError({ code: "sandbox-data-damaged", where: file, problem, fix }, { cause });
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
