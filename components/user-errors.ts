import * as pulumi from "@pulumi/pulumi";
import { formatFault, PlatformError, type Fault } from "../core/errors";

/** The program, with a user's mistake told as a message without a stack. */
export function withUserErrors<T>(program: () => Promise<T>): () => Promise<T> {
  return async () => {
    try {
      return await program();
    } catch (error) {
      if (error instanceof PlatformError) throw new pulumi.RunError(`\n${error.message}`);
      throw error;
    }
  };
}

/** @throws PlatformError if there is any fault */
export function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length > 0) throw new PlatformError(faults);
}

/**
 * Asks in previews alone, so that an update costs no request more, and tells what it hears as warnings: a pull
 * request is previewed with a token that may only read.
 */
export async function warnInPreview(ask: () => Promise<readonly Fault[]>): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  for (const fault of await ask()) await pulumi.log.warn(formatFault(fault));
}
