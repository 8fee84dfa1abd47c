/** Questions to a person at a terminal. The library is loaded when the first is asked. */
import { PlatformError } from "../core/errors";

export interface Prompts {
  /** One line of text; `check` says what is wrong with it, or nothing. */
  readonly text: (
    question: string,
    options?: { readonly default?: string; readonly check?: (answer: string) => string | undefined },
  ) => Promise<string>;
  readonly choose: <T extends string>(
    question: string,
    choices: readonly { readonly value: T; readonly name: string }[],
  ) => Promise<T>;
}

/** @throws PlatformError where the person stops it with Ctrl-C */
export const terminalPrompts: Prompts = {
  text: async (message, { default: preset, check } = {}) => {
    const { input } = await import("@inquirer/prompts");
    return asked(
      input({
        message,
        ...(preset === undefined ? {} : { default: preset }),
        validate: (answer) => check?.(answer) ?? true,
      }),
    );
  },
  choose: async (message, choices) => {
    const { select } = await import("@inquirer/prompts");
    return asked(select({ message, choices: [...choices] }));
  },
};

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ExitPromptError") throw error;
    throw new PlatformError({
      code: "stopped",
      where: "this command",
      problem: "was stopped before anything was written",
      fix: "run it again, or give the answers as flags (--help lists them)",
    });
  }
}
