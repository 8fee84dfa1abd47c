/** What GitHub still lets a token ask this hour. Looking costs nothing of it. */
import { z } from "zod";
import type { Hour } from "../core/engine";
import { ask } from "./github";

const answer = z.object({
  resources: z.object({ core: z.object({ limit: z.int(), remaining: z.int(), reset: z.int() }) }),
});

/** @returns undefined where GitHub doesn't say: a server without limits, a refused token, or none that answers */
export async function readHour(githubUrl: string, token: string): Promise<Hour | undefined> {
  const asked = await ask({ githubUrl, token }, "rate_limit");
  const read = answer.safeParse("fault" in asked ? undefined : asked.body);
  if (!read.success) return undefined;
  const { limit, remaining, reset } = read.data.resources.core;
  return { limit, remaining, resetsAt: reset * 1_000 };
}
