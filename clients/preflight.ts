/** Whether what an update talks to is there and lets it in, asked before anything is created. */
import type { Fault } from "../core/errors";
import { isLoopbackHost } from "../core/names";
import { tokenFaults, type TokenQuestion } from "./github";

/** Faults of GitHub's token and of the registry, both asked at once. */
export async function preflightFaults(
  question: TokenQuestion & { readonly registry: string },
): Promise<readonly Fault[]> {
  return (await Promise.all([tokenFaults(question), registryFaults(question.registry)])).flat();
}

/** What is wrong where a registry doesn't answer; one that asks for a sign-in does. */
export async function registryFaults(host: string): Promise<readonly Fault[]> {
  try {
    const base = `${isLoopbackHost(host) ? "http" : "https"}://${host}/v2/`;
    const answer = await fetch(base, { signal: AbortSignal.timeout(10_000) });
    await answer.body?.cancel();
    return answer.ok || answer.status === 401 ? [] : [unreachable(host, `status ${answer.status}`)];
  } catch (error) {
    const cause = error instanceof Error ? (error.cause as { code?: string } | undefined) : undefined;
    return [unreachable(host, cause?.code ?? String(error))];
  }
}

function unreachable(host: string, reason: string): Fault {
  return {
    code: "registry-unreachable",
    where: "ghcr-platform:registry",
    problem: `the registry can't be reached (${reason})`,
    got: host,
    fix: "check the address and the network; in the sandbox, `make up` starts the registry again",
  };
}
