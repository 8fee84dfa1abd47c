import { Command } from "commander";
import { readEvents, reducedLog } from "../../core/preview";
import { readLog } from "../event-logs";
import type { Io } from "../io";
import { writeFileWhole } from "../json-file";

/** `ghcr preview reduce`: an event log without any value, so that it may leave the machine. */
export function previewReduceCommand(io: Io): Command {
  return new Command("reduce")
    .description("Keep of an event log what may be shown: operations, URNs, types, names of what changes.")
    .requiredOption("--event-log <file>", "what `pulumi preview --event-log` wrote; it may hold secrets")
    .requiredOption("--out <file>", "where the rest is written, as an event log too")
    .action(({ eventLog, out }: { eventLog: string; out: string }) => {
      const events = readEvents(eventLog, readLog(eventLog));
      writeFileWhole(out, reducedLog(events));
      io.print(
        `${events.steps.length} steps, ${events.diagnostics.length} messages; the preview ${events.ended}`,
      );
    });
}
