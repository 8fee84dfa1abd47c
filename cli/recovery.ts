/** What `ghcr up` does about a run that was killed, before it begins and after it failed. */
import { readFileSync } from "node:fs";
import type { EngineRun } from "../clients/engine";
import { GitHubCalls } from "../clients/github-calls";
import { realClock } from "../clients/github-limits";
import { settlePending, takeIn, type RecoveryParts } from "../clients/recovery";
import { isDeadLock } from "../clients/stack-lock";
import { failedCreates } from "../core/engine";
import { PlatformError } from "../core/errors";
import type { Io } from "./io";
import type { OpenStack } from "./open-stack";
import { momentText } from "../core/moment-text";

/** Milliseconds. */
const onItsWay = 5_000;

export interface UpRecovery {
  /** Settles what a killed run left in the state. */
  settle(): Promise<void>;
  /** As clients/update.ts wants it. */
  mend(run: EngineRun, eventLog: string, began: number): Promise<boolean>;
}

export function recoveryOf(io: Io, stack: OpenStack): UpRecovery {
  const { engine, name, settings, token, args } = stack;
  const calls =
    token === undefined
      ? undefined
      : new GitHubCalls({
          githubUrl: settings.githubUrl,
          token,
          onWait: (ms, why) => io.complain(`${why}: going on ${momentText(Date.now() + ms, Date.now())}`),
        });
  const asking = (): GitHubCalls => {
    if (calls === undefined) throw noToken(name);
    return calls;
  };
  const parts: RecoveryParts = { engine, stack: name, args, owner: settings.owner, calls: asking };
  const unlock = async (): Promise<void> => {
    await engine.unlock(name);
    io.complain("a run was killed here and left its lock, which is taken away");
  };

  return {
    async settle() {
      const recovery = await withoutDeadLock(name, () => settlePending(parts), unlock);
      if (recovery === undefined || recovery.operations === 0) return;
      const { operations, taken } = recovery;
      io.complain(`a run was killed while ${operations} operations were under way; ${takenText(taken)}`);
    },
    async mend({ output }, eventLog, began) {
      if (isDeadLock(name, output)) {
        await unlock();
        return true;
      }
      const failed = failedCreates(readFileSync(eventLog, "utf8").split("\n"));
      if (failed.length === 0 || calls === undefined) return false;
      // What a killed plugin had sent is on its way for a moment longer.
      if (/transport is closing|error reading from server|EOF|connection refused|Unavailable/.test(output))
        await realClock.pause(onItsWay);
      const taken = await takeIn(parts, failed, new Date(began));
      if (taken.length > 0) io.complain(`the run broke off; ${takenText(taken)}; going on`);
      return taken.length > 0;
    },
  };
}

function takenText(taken: readonly string[]): string {
  if (taken.length === 0) return "nothing of it is on GitHub without the state's knowing";
  const names = taken.map((urn) => urn.split("::").at(-1)).join(", ");
  return `${taken.length} of what it made is taken into the state: ${names}`;
}

/** Does it again where nothing but a dead run's lock was in the way. */
async function withoutDeadLock<T>(
  stack: string,
  work: () => Promise<T>,
  unlock: () => Promise<void>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || !isDeadLock(stack, error.message)) throw error;
    await unlock();
    return work();
  }
}

function noToken(stack: string): PlatformError {
  return new PlatformError({
    code: "no-token",
    where: stack,
    problem: "a former run was broken off, and without a token what it left can't be looked for on GitHub",
    fix: "export GITHUB_TOKEN=… (docs/production.md says which rights it needs)",
  });
}
