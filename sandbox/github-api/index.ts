/**
 * GitHub's stand-in: one process on loopback that the GitHub provider, octokit and git take for a GitHub
 * Enterprise Server. State, git repositories and a request journal lie in one folder.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ShiftableClock } from "./clock";
import { claimFolder } from "./folder-claim";
import { Pushes } from "./git/pushes";
import { GitRepository } from "./git/repository";
import { findHttpBackend } from "./git/run";
import { isoSeconds } from "./git/objects";
import { handlers } from "./handlers";
import { Api } from "./pipeline/api";
import { Description } from "./pipeline/description";
import { Faults, type Fault } from "./pipeline/faults";
import { Locks } from "./pipeline/locks";
import { RateLimits } from "./pipeline/rate-limits";
import { RequestJournal, type JournalEntry } from "./pipeline/request-journal";
import { assertLoopback, listen, newServer, type ServerParts } from "./server";
import { Keys } from "./state/keys";
import { parseSeed, seedEvents, type Seed } from "./state/seed";
import { Store } from "./state/store";
import { put } from "./state/tables";

export type { Fault, JournalEntry, Seed };

export interface GitHubOptions {
  /** 0 or left out: a free one. */
  readonly port?: number;
  /** A loopback address; 127.0.0.1 when left out. */
  readonly host?: string;
  /** Made if it is not there. */
  readonly dataDir: string;
  readonly seed?: Seed;
  /** The machine's time when left out. */
  readonly clock?: () => Date;
  /** Lets `GET /_sandbox/secrets` open what is sealed. Tests only. */
  readonly revealSecrets?: boolean;
  /** Whether answers carry ETags, and 304 is given; yes when left out. */
  readonly etags?: boolean;
  /** Requests an hour and token after which GitHub's primary rate limit refuses; none when left out. */
  readonly rateLimit?: number;
  /** Points a minute and token after which its secondary limit refuses, GitHub's being 900; none when left out. */
  readonly pointsLimit?: number;
}

export interface GitHub {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** What was asked since the start, or since it was last cleared. */
  journal(): readonly JournalEntry[];
  clearJournal(): void;
  orderFaults(...faults: readonly Fault[]): void;
  /** Own mistakes: a test that uses the stand-in asserts that there are none. */
  defects(): readonly string[];
  /** Answers what is under way, then writes a snapshot. */
  close(): Promise<void>;
}

/**
 * @throws PlatformError `not-loopback`, `port-in-use`, `git-missing`, `invalid-seed`, `sandbox-data-damaged`,
 * `sandbox-data-in-use`
 */
export async function startGitHub(options: GitHubOptions): Promise<GitHub> {
  const { host = "127.0.0.1", dataDir } = options;
  assertLoopback(host);
  const seed = parseSeed(options.seed ?? {}, "seed");
  const httpBackend = findHttpBackend();
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const claim = await claimFolder(dataDir);
  let makeReady: (parts: ServerParts) => void = () => undefined;
  const server = newServer(new Promise((resolve) => (makeReady = resolve)));
  try {
    const port = await listen(server, host, options.port ?? 0);
    const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const parts = await assemble(options, seed, url, httpBackend);
    makeReady(parts);
    return running(parts, url, port, async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      // Whoever hangs on longer than any answer takes is let go.
      const impatient = setTimeout(() => server.closeAllConnections(), 5_000);
      await closed;
      clearTimeout(impatient);
      await parts.store.close();
      await parts.journal.close();
      await claim.release();
    });
  } catch (error) {
    server.close();
    server.closeAllConnections();
    await claim.release();
    throw error;
  }
}

function running(parts: ServerParts, url: string, port: number, close: () => Promise<void>): GitHub {
  const { journal, faults, api } = parts;
  return {
    url,
    port,
    journal: () => journal.entries(),
    clearJournal: () => journal.clear(),
    orderFaults: (...ordered) => faults.order(ordered),
    defects: () => api.defects,
    close,
  };
}

async function assemble(
  options: GitHubOptions,
  seed: ReturnType<typeof parseSeed>,
  url: string,
  httpBackend: string,
): Promise<ServerParts> {
  const { dataDir } = options;
  const gitRoot = join(dataDir, "git");
  const store = await Store.open(dataDir);
  const clock = new ShiftableClock(
    options.clock ?? (() => new Date()),
    () => store.state.get("instance", "instance")?.clockShiftMs ?? 0,
  );
  const instance = store.state.get("instance", "instance") ?? {
    masterKey: randomBytes(32).toString("base64"),
    clockShiftMs: 0,
  };
  await store.commit([put("instance", "instance", instance)]);
  await store.commit(seedEvents(seed, store.state, store.ids, isoSeconds(clock.now())));
  await removeOrphans(gitRoot, store);
  const keys = new Keys(instance.masterKey);
  const git = (repositoryId: number): GitRepository =>
    new GitRepository(join(gitRoot, `${repositoryId}.git`));
  const faults = new Faults();
  const locks = new Locks();
  const journal = await RequestJournal.open(join(dataDir, "requests.jsonl"));
  const pushes = new Pushes(store, git, locks, url);
  const description = Description.committed();
  const limits = new RateLimits({
    requestsPerHour: options.rateLimit,
    pointsPerMinute: options.pointsLimit,
  });
  const { etags = true, revealSecrets = false } = options;
  const api = new Api({
    description,
    handlers,
    store,
    keys,
    clock,
    faults,
    limits,
    locks,
    journal,
    etags,
    git,
    base: url,
  });
  const controls = { store, keys, api, faults, limits, locks, clock, journal, pushes, revealSecrets, url };
  return { ...controls, httpBackend, gitRoot };
}

/** Repositories on disk that the state doesn't know: made or given up when the process died. */
async function removeOrphans(gitRoot: string, store: Store): Promise<void> {
  await mkdir(gitRoot, { recursive: true });
  for (const name of await readdir(gitRoot)) {
    const id = /^(\d+)\.git$/.exec(name)?.[1];
    if (id !== undefined && store.state.get("repositories", id) === undefined) {
      await rm(join(gitRoot, name), { recursive: true });
    }
  }
}
