import { Command } from "commander";
import { explain, parsePlan } from "../../core/retention";
import type { Io } from "../io";
import { readJsonFile } from "../json-file";

/** `ghcr retention explain`: why one version goes or stays. */
export function retentionExplainCommand(io: Io): Command {
  return new Command("explain")
    .description("Say in one sentence why an image goes or stays, and the path behind it.")
    .argument("<tag or digest>", "a tag, a digest, or the beginning of one")
    .requiredOption("--plan <file>", "saved plan")
    .option("--json", "print version, sentence and path as JSON")
    .addHelpText("after", help)
    .action((wanted: string, options: { readonly plan: string; readonly json?: true }) => {
      const explanation = explain(parsePlan(readJsonFile("--plan", options.plan), options.plan), wanted);
      if (options.json === true) return io.print(JSON.stringify(explanation));
      io.print(explanation.sentence);
      io.print(`  ${explanation.path}`);
    });
}

const help = `
Example:
  ghcr retention explain 1.4.0 --plan plan.json

Exit codes: 0 explained; 1 no such version, or several; 2 wrong usage.`;
