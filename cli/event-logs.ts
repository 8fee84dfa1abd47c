/** The event logs that a command's flags name, as previews. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { previewOf, readEvents, unseenByReaders, type Preview } from "../core/preview";
import { UsageError } from "./request";

export interface EventLogOptions {
  readonly eventLog: readonly (readonly [stack: string, file: string])[];
  readonly readOnly?: true;
}

export function withEventLogOptions(command: Command): Command {
  return command
    .requiredOption(
      "--event-log <stack=file>",
      "what `pulumi preview --event-log` wrote of a stack; may be given several times",
      eventLogOf,
    )
    .option(
      "--read-only",
      "the preview's token could only read: leave out what GitHub shows to writers alone",
    );
}

/** @throws PlatformError for a file that is no event log */
export function readPreviews({ eventLog, readOnly }: EventLogOptions): readonly Preview[] {
  return eventLog.map(([stack, file]) =>
    previewOf(stack, readEvents(file, readLog(file)), readOnly === true ? unseenByReaders : []),
  );
}

/**
 * @param where the flag that names it
 * @throws UsageError where it can't be read
 */
export function readLog(file: string, where = "--event-log"): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      {
        code: "unreadable-file",
        where,
        problem: `the file can't be read (${(error as NodeJS.ErrnoException).code ?? "unknown"})`,
        got: file,
        fix: "give the path of a file that exists",
      },
      { cause: error },
    );
  }
}

function eventLogOf(
  text: string,
  previous: EventLogOptions["eventLog"] | undefined,
): EventLogOptions["eventLog"] {
  const [, stack, file] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (stack === undefined || file === undefined) {
    throw new UsageError({
      code: "invalid-event-log",
      where: "--event-log",
      problem: "must name a stack and its file",
      got: text,
      fix: "write it like prod=preview.jsonl",
    });
  }
  return [...(previous ?? []), [stack, file]];
}
