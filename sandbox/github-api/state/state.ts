/** The tables in memory, with the look-ups that several subjects share. Changed by events only. */
import { drop, put } from "./tables";
import type { Environment, Event, Owner, Repository, TableName, Tables } from "./tables";

const tableNames: readonly TableName[] = [
  ...([
    "owners",
    "teams",
    "tokens",
    "apps",
    "installations",
    "repositories",
    "formerNames",
    "secrets",
    "variables",
  ] as const),
  ...([
    "environments",
    "rulesets",
    "protections",
    "statuses",
    "deployments",
    "pulls",
    "issues",
    "issueComments",
    "instance",
  ] as const),
  ...(["packages", "packageVersions", "packageDownloads"] as const),
];

export interface ReadonlyState {
  get<T extends TableName>(table: T, key: string | number): Tables[T] | undefined;
  /** Records in the order in which they were first put; with a prefix, those whose key starts with it. */
  list<T extends TableName>(table: T, prefix?: string): Tables[T][];
  owner(login: string): Owner | undefined;
  ownerById(id: number): Owner | undefined;
  repository(owner: string, name: string): Repository | undefined;
  environment(repositoryId: number, name: string): Environment | undefined;
}

/** As many writes are remembered for `before`. */
const rememberedWrites = 256;

export class State implements ReadonlyState {
  /** What would take back each of the last writes, oldest first. */
  #inverses: (readonly Event[])[] = [];
  readonly #tables = new Map<TableName, Map<string, unknown>>(tableNames.map((name) => [name, new Map()]));

  static fromSnapshot(snapshot: Readonly<Record<string, Readonly<Record<string, unknown>>>>): State {
    const state = new State();
    for (const name of tableNames) {
      for (const [key, value] of Object.entries(snapshot[name] ?? {})) state.#table(name).set(key, value);
    }
    return state;
  }

  snapshot(): Record<string, Record<string, unknown>> {
    return Object.fromEntries([...this.#tables].map(([name, table]) => [name, Object.fromEntries(table)]));
  }

  apply(events: readonly Event[]): void {
    const inverse = events.map((event) => this.#applied(event)).reverse();
    // Reading an image counts as a download and is no write: a list that is stale is so by what was written.
    if (inverse.every((event) => tableOf(event) === "packageDownloads")) return;
    this.#inverses.push(inverse);
    if (this.#inverses.length > rememberedWrites) this.#inverses.shift();
  }

  /** A copy as it was so many writes ago, or as long ago as is remembered. */
  before(writes: number): ReadonlyState {
    const past = new State();
    for (const [name, table] of this.#tables) past.#tables.set(name, new Map(table));
    const undone = writes === 0 ? [] : this.#inverses.slice(-writes).reverse();
    for (const event of undone.flat()) past.#applied(event);
    return past;
  }

  /** @returns the event that takes it back */
  #applied(event: Event): Event {
    const name = tableOf(event);
    const table = this.#table(name);
    const was = table.get(event.key);
    if ("put" in event) table.set(event.key, event.value);
    else table.delete(event.key);
    return was === undefined ? drop(name, event.key) : put(name, event.key, was as Tables[TableName]);
  }

  get<T extends TableName>(table: T, key: string | number): Tables[T] | undefined {
    return this.#table(table).get(String(key)) as Tables[T] | undefined;
  }

  list<T extends TableName>(table: T, prefix = ""): Tables[T][] {
    const found: Tables[T][] = [];
    for (const [key, value] of this.#table(table)) if (key.startsWith(prefix)) found.push(value as Tables[T]);
    return found;
  }

  owner(login: string): Owner | undefined {
    return this.get("owners", login.toLowerCase());
  }

  ownerById(id: number): Owner | undefined {
    return this.list("owners").find((owner) => owner.id === id);
  }

  repository(owner: string, name: string): Repository | undefined {
    const ownerId = this.owner(owner)?.id;
    const wanted = name.toLowerCase();
    return this.list("repositories").find(
      (one) => one.ownerId === ownerId && one.name.toLowerCase() === wanted,
    );
  }

  environment(repositoryId: number, name: string): Environment | undefined {
    const wanted = name.toLowerCase();
    return this.list("environments").find(
      (one) => one.repositoryId === repositoryId && one.name.toLowerCase() === wanted,
    );
  }

  #table(name: TableName): Map<string, unknown> {
    const table = this.#tables.get(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    return table;
  }
}

function tableOf(event: Event): TableName {
  return "put" in event ? event.put : event.drop;
}
