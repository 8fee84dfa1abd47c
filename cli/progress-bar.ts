/** How far a long command is: a bar that moves on a terminal, a line at each tenth elsewhere. */
import type { Io } from "./io";
import { durationText } from "./text-table";

export interface ProgressBar {
  /** Another one is done. */
  advance(done: number): void;
  /** A line that stays, above the bar. */
  note(line: string): void;
  end(): void;
}

/** What is over within so many milliseconds needs no lines in a log. */
const quick = 2_000;

/** @param now milliseconds; for the time that is left */
export function progressBar(io: Io, what: string, of: number, now: () => number = Date.now): ProgressBar {
  const begun = now();
  let shown = 0;
  const tenth = (count: number) => Math.floor((count * 10) / of);
  const barOf = (done: number) => `[${"#".repeat(tenth(done) * 2).padEnd(20, "-")}] ${done} of ${of} ${what}`;
  const show = (done: number): void => {
    if (io.status !== undefined) io.status(`${barOf(done)}${timeLeft(now() - begun, done, of)}`);
    else if (tenth(done) > tenth(shown) && now() - begun >= quick) io.complain(barOf(done));
    shown = done;
  };
  return {
    advance: show,
    note(line) {
      io.status?.("");
      io.complain(line);
      if (io.status !== undefined && shown > 0) show(shown);
    },
    end: () => io.status?.(""),
  };
}

/** By the pace so far; nothing where that tells little. */
function timeLeft(elapsed: number, done: number, of: number): string {
  if (done === 0 || done === of || elapsed < 5_000) return "";
  return `, ${durationText((elapsed / done) * (of - done))} left`;
}
