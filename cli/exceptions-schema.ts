import { z } from "zod";

/** Exceptions in a command's request; `exceptionFaults` says what is wrong with them. */
export const exceptionsSchema = z
  .array(
    z.strictObject({
      id: z.string(),
      scope: z.string(),
      owner: z.string(),
      reason: z.string(),
      until: z.string(),
    }),
  )
  .default([]);
