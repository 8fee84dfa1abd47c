import * as pulumi from "@pulumi/pulumi";
import { PlatformError } from "../core/errors";

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
