/** What `ghcr up` says of GitHub's limits. */
import type { News, Outcome } from "../clients/update";
import { contentPerHour, forecast, type Hour, type Need, type Pace } from "../core/engine";
import type { Fault } from "../core/errors";
import { momentText } from "../core/moment-text";
import { changesOf, operations, type Preview } from "../core/preview";
import type { Io } from "./io";
import { progressBar } from "./progress-bar";
import { durationText } from "./text-table";

/** What changes in numbers, and by name what goes. */
export function changeLines(preview: Preview): string[] {
  const counts = operations.flatMap((operation) => {
    const { length } = changesOf(preview, operation);
    return length === 0 ? [] : [`${length} ${operation}`];
  });
  if (counts.length === 0) return [`nothing changes: ${preview.unchanged} resources are as declared`];
  const gone = changesOf(preview, "delete", "replace", "forget");
  return [
    `${counts.join(", ")}; ${preview.unchanged} unchanged`,
    ...gone.map(({ operation, owner, type, name }) => `  ${operation} ${owner}: ${name} (${type})`),
  ];
}

export function forecastLines(need: Need, hour: Hour | undefined, now: number, pace: Pace): string[] {
  const asks = `GitHub is asked about ${need.requests} times for it, ${need.writes} of them to write`;
  const budget =
    hour === undefined
      ? "GitHub doesn't say how many requests are left"
      : `${hour.remaining} of ${hour.limit} requests are left until ${momentText(hour.resetsAt, now)}`;
  const { atLeast, atMost } = forecast(need, hour, now, pace);
  const longer =
    atMost > atLeast * 1.5
      ? `, and ${durationText(atMost)} if GitHub counts every write as content (${contentPerHour} an hour)`
      : "";
  return [`${asks}; ${budget}`, `it takes ${durationText(atLeast)}${longer}`];
}

/** Shows the news of an update as it runs. */
export function teller(io: Io, changes: number, command: string) {
  const bar = progressBar(io, "changes", Math.max(1, changes));
  return {
    tell(news: News): void {
      if (news.kind === "done") return bar.advance(Math.min(news.done, changes));
      const left = news.hour === undefined ? "" : `; ${leftText(news.hour, Date.now())}`;
      if (news.kind === "idle") {
        const seconds = Math.round(news.ms / 1_000);
        return bar.note(
          `nothing was finished for ${seconds} s: where GitHub asks to wait, its plugin does${left}`,
        );
      }
      bar.note(`${stopText(news.why, news.hour)}; going on ${whenText(news.until, Date.now())}`);
      bar.note(`  Ctrl-C leaves it as it is: what was made is in the state, and \`${command}\` goes on`);
    },
    end: () => bar.end(),
  };
}

export function outcomeFault(
  { ended, done, until = 0 }: Outcome,
  need: Need,
  hour: Hour | undefined,
  now: number,
  command: string,
): Fault {
  const state = `${done} of ${need.changes} changes are made and in the state`;
  if (ended === "failed") {
    return {
      code: "engine-failed",
      where: "pulumi up",
      problem: `failed, and said why above; ${state}`,
      fix: `mend that, and go on with: ${command}`,
    };
  }
  if (ended === "stopped") {
    const fix = `go on with: ${command}`;
    return { code: "stopped", where: "ghcr up", problem: `was asked to stop; ${state}`, fix };
  }
  const why = ended === "succeeded" ? "" : stopText(ended, hour);
  return {
    code: ended === "token" ? "github-denied" : "github-limited",
    where: "GitHub's API",
    problem: `${why}; ${state}`,
    fix: `go on ${whenText(until, now)} with: ${command}`,
  };
}

function stopText(
  why: Exclude<Outcome["ended"], "succeeded" | "failed" | "stopped">,
  hour: Hour | undefined,
): string {
  if (why === "token") return "the token that the run began with has ended";
  if (why === "secondary") return "GitHub refuses for a while (a secondary limit)";
  return `the ${hour === undefined ? "" : `${hour.limit} `}requests of this hour are used up`;
}

function leftText({ limit, remaining, resetsAt }: Hour, now: number): string {
  return `${remaining} of ${limit} requests are left until ${momentText(resetsAt, now)}`;
}

function whenText(at: number, now: number): string {
  return at <= now ? "now" : `at ${momentText(at, now)}`;
}
