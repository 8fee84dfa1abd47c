/**
 * An update that GitHub's limits may stop: watched while it runs, told when it can go on, and gone on with.
 *
 * The GitHub plugin (6.15.0, its default client) waits by itself where GitHub refuses a request with a secondary limit.
 * Where the hour's requests are used up it fails instead of waiting (go-github, checkRateLimitBeforeDo), and so does a
 * GitHub App's token when its hour is over, which it fetches once (provider.go, GenerateOAuthTokenFromApp). What was
 * made so far is in the state then, and a new run starts with a new token.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import type { Hour } from "../core/engine";
import type { EngineRun } from "./engine";
import type { Clock } from "./github-limits";

export interface UpdateParts {
  /** Runs `pulumi up` once, with its event log in that file. */
  readonly up: (eventLog: string) => Promise<EngineRun>;
  /** Name of a file that each run's events go to; `round` counts runs from 1. */
  readonly eventLog: (round: number) => string;
  /** What GitHub still lets the token ask; undefined where it doesn't say. */
  readonly hour: () => Promise<Hour | undefined>;
  /** Settles what a run left that was stopped, before the next. */
  readonly settle: () => Promise<void>;
  /**
   * Looks after a run that failed for another reason than a limit.
   * @param began milliseconds since 1970
   * @returns whether another run may get further; each such answer needs a change that was made
   */
  readonly mend: (run: EngineRun, eventLog: string, began: number) => Promise<boolean>;
  readonly clock: Clock;
  /** Told what a person should know while it runs. */
  readonly tell: (news: News) => void;
}

export type News =
  /** So many resources were made, changed or deleted by now, over all runs. */
  | { readonly kind: "done"; readonly done: number }
  /** Nothing was finished for so many milliseconds. */
  | { readonly kind: "idle"; readonly ms: number; readonly hour: Hour | undefined }
  /** A run ended at a limit, or with its token; the next begins at `until`. */
  | { readonly kind: "pause"; readonly why: Stop; readonly until: number; readonly hour: Hour | undefined };

/** What ends a run and lets another one go on. */
export type Stop = "hour" | "secondary" | "token";

export interface Outcome {
  readonly ended: "succeeded" | "failed" | "stopped" | Stop;
  /** Resources that were made, changed or deleted, over all runs. */
  readonly done: number;
  readonly rounds: number;
  /** When it can go on, in milliseconds since 1970; of a stop alone. */
  readonly until?: number;
  /** What the last run printed. */
  readonly output: string;
}

const lookEvery = 1_000;
const idleAfter = 15_000;
/** GitHub's advice after a secondary limit that doesn't say for how long. */
const secondaryPause = 60_000;
/** The clocks of GitHub and of this machine may differ by so much. */
const margin = 1_000;

/** Runs until it succeeds or fails for another reason than a limit; without `wait`, once. */
export async function runUpdate(parts: UpdateParts, { wait }: { readonly wait: boolean }): Promise<Outcome> {
  let done = 0;
  let fruitless = 0;
  for (let rounds = 1; ; rounds++) {
    const eventLog = parts.eventLog(rounds);
    const before = done;
    const began = parts.clock.now();
    const stop = watch(parts, eventLog, (more) => {
      done = before + more;
      parts.tell({ kind: "done", done });
    });
    const { code, output, stopped } = await parts.up(eventLog).finally(() => stop());
    if (code === 0) return { ended: "succeeded", done, rounds, output };
    if (stopped === true) return { ended: "stopped", done, rounds, output };
    const hour = await parts.hour();
    const why = stopOf(output, hour, done > 0);
    if (why === undefined) {
      if (await parts.mend({ code, output }, eventLog, began)) continue;
      return { ended: "failed", done, rounds, output };
    }
    const until = untilOf(why, hour, parts.clock.now());
    fruitless = done === before ? fruitless + 1 : 0;
    if (!wait || fruitless > 1) return { ended: why, done, rounds, until, output };
    parts.tell({ kind: "pause", why, until, hour });
    await parts.clock.pause(Math.max(0, until - parts.clock.now()));
    await parts.settle();
  }
}

/** What the run's words and GitHub's hour say it ended by. */
export function stopOf(output: string, hour: Hour | undefined, began: boolean): Stop | undefined {
  if (/secondary rate limit|abuse detection/i.test(output)) return "secondary";
  if (/API rate limit (of \d+ still )?exceeded/i.test(output) || hour?.remaining === 0) return "hour";
  // A token that is wrong from the start makes nothing.
  return began && /\b401 Bad credentials/.test(output) ? "token" : undefined;
}

function untilOf(why: Stop, hour: Hour | undefined, now: number): number {
  if (why === "token") return now;
  if (why === "secondary") return now + secondaryPause;
  if (hour === undefined) return now + secondaryPause;
  // It may have started anew since.
  return hour.remaining === 0 ? hour.resetsAt + margin : now;
}

/** Follows a run's events until it is stopped, and says when nothing happens. */
function watch(parts: UpdateParts, file: string, advance: (done: number) => void): () => void {
  const log = new GrowingLog(file);
  let done = 0;
  let since = parts.clock.now();
  let told = idleAfter;
  const look = (): void => {
    const more = log.newLines().filter(isDone).length;
    const now = parts.clock.now();
    if (more > 0) {
      done += more;
      since = now;
      told = idleAfter;
      return advance(done);
    }
    if (now - since < told) return;
    const ms = now - since;
    told = ms * 2;
    void parts.hour().then((hour) => parts.tell({ kind: "idle", ms, hour }));
  };
  const timer = setInterval(look, lookEvery);
  return () => {
    clearInterval(timer);
    const more = log.newLines().filter(isDone).length;
    if (more > 0) advance(done + more);
  };
}

const working = /"op":"(create|update|delete|import|create-replacement|delete-replaced)"/;
const ofGitHub = /"type":"(github|ghcr):/;

/** A resource on GitHub that the engine is through with. Only words of the engine's are looked for, not its values. */
function isDone(line: string): boolean {
  const head = line.slice(0, 2_000);
  return head.includes('"resOutputsEvent"') && working.test(head) && ofGitHub.test(head);
}

/** A file that another process writes line by line. */
class GrowingLog {
  #position = 0;
  #rest = "";

  constructor(private readonly file: string) {}

  newLines(): string[] {
    if (!existsSync(this.file)) return [];
    const chunks: string[] = [this.#rest];
    const handle = openSync(this.file, "r");
    try {
      const buffer = Buffer.alloc(1 << 20);
      for (let read; (read = readSync(handle, buffer, 0, buffer.length, this.#position)) > 0;) {
        // Every byte a character: the words that are looked for are ASCII, and a character may be cut in two.
        chunks.push(buffer.toString("latin1", 0, read));
        this.#position += read;
      }
    } finally {
      closeSync(handle);
    }
    const lines = chunks.join("").split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}
