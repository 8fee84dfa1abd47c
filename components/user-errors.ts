import * as pulumi from "@pulumi/pulumi";
import { PlatformError } from "../core/errors";

/** Runs the program's body; a user's mistake becomes a message without a stack, and nothing is declared. */
export function withUserErrors<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof PlatformError) throw new pulumi.RunError(`\n${error.message}`);
    throw error;
  }
}
