/** Takes what a killed run made on GitHub into the stack's state, so that the next run goes on instead of failing. */
import { z } from "zod";
import { pendingOf, questionOf, withRecovered, type Leftover, type Recovered } from "../core/engine";
import { PlatformError } from "../core/errors";
import type { Engine } from "./engine";
import type { GitHubCalls } from "./github-calls";
import { stopOf } from "./update";

/** The clocks of GitHub and of the machine that wrote the state may differ by so much, in milliseconds. */
const margin = 300_000;

export interface RecoveryParts {
  readonly engine: Pick<Engine, "exportState" | "importState" | "operate">;
  readonly stack: string;
  /** Arguments that every operation on the stack gets. */
  readonly args: readonly string[];
  readonly owner: string;
  /** Only asked for where something was left. */
  readonly calls: () => GitHubCalls;
}

export interface Recovery {
  /** URNs of what is on GitHub and in the state now. */
  readonly taken: readonly string[];
  /** Operations that a killed run left under way; all of them are settled now. */
  readonly operations: number;
}

/**
 * Settles what a former run left in the state: operations that were under way when it was killed, and resources that
 * it made by half. Undefined: it left nothing.
 */
export async function settlePending(parts: RecoveryParts): Promise<Recovery | undefined> {
  const { creates, operations, half, writtenAt } = pendingOf(await parts.engine.exportState(parts.stack));
  if (operations === 0 && half.length === 0) return undefined;
  const taken = operations === 0 ? [] : await takeIn(parts, creates, writtenAt);
  await refresh(parts, half);
  return { taken, operations };
}

/**
 * Takes in those of the resources that are on GitHub, made by the run that left them: what is older is somebody
 * else's, and stays that.
 * @param since when that run last wrote its state, or began; undefined: nothing is known to be its
 * @returns URNs of what was taken in
 */
export async function takeIn(
  parts: RecoveryParts,
  leftovers: readonly Leftover[],
  since: Date | undefined,
): Promise<readonly string[]> {
  const { engine, stack, owner, calls } = parts;
  const recovered: Recovered[] = [];
  for (const leftover of leftovers) {
    const question = questionOf(leftover, owner);
    const answer = question && (await calls().read(question.path, z.unknown()));
    const found = answer === undefined ? undefined : question?.found(answer);
    if (found === undefined || since === undefined) continue;
    const isOurs = found.createdAt === undefined || found.createdAt.getTime() >= since.getTime() - margin;
    if (isOurs) recovered.push({ leftover, id: found.id });
  }
  const state = await engine.exportState(stack);
  if (recovered.length === 0 && pendingOf(state).operations === 0) return [];
  await engine.importState(stack, withRecovered(state, recovered));
  const urns = recovered.map(({ leftover }) => leftover.urn);
  await refresh(parts, urns);
  return urns;
}

/** Reads some resources anew, so that the next run knows what they are. */
async function refresh({ engine, args }: RecoveryParts, urns: readonly string[]): Promise<void> {
  if (urns.length === 0) return;
  const targets = urns.flatMap((urn) => ["--target", urn]);
  const { code, output } = await engine.operate("refresh", [...args, "--yes", "--skip-preview", ...targets]);
  // Where a limit is in the way, the run that follows meets it too, and says until when.
  if (code === 0 || stopOf(output, undefined, true) !== undefined) return;
  throw new PlatformError({
    code: "engine-failed",
    where: "pulumi refresh",
    problem: `what a former run left can't be read:\n${output.trimEnd().slice(-3_000)}`,
    fix: "mend what it names and run it again",
  });
}
