/** The `ghcr` command: which subcommands there are, and what becomes of errors. */
import { Command, CommanderError } from "commander";
import pc from "picocolors";
import { RegistryError } from "../clients/registry-error";
import { formatFault, PlatformError } from "../core/errors";
import { adoptCommand } from "./commands/adopt";
import { commandsCommand } from "./commands/commands";
import { doctorCommand } from "./commands/doctor";
import { exceptionsCommand } from "./commands/exceptions";
import { imageAttestCommand } from "./commands/image-attest";
import { imageAssembleCommand } from "./commands/image-assemble";
import { imageCheckCommand } from "./commands/image-check";
import { imageSummaryCommand } from "./commands/image-summary";
import { imageScanCommand } from "./commands/image-scan";
import { imageTagCommand } from "./commands/image-tag";
import { imageVerifyCommand } from "./commands/image-verify";
import { initCommand } from "./commands/init";
import { moveCommand } from "./commands/move";
import { imageTestCommand } from "./commands/image-test";
import { newServiceCommand } from "./commands/new-service";
import { offboardCommand } from "./commands/offboard";
import { planCommand } from "./commands/plan";
import { promoteCommand } from "./commands/promote";
import { previewCommentCommand } from "./commands/preview-comment";
import { previewDriftCommand } from "./commands/preview-drift";
import { previewGuardCommand } from "./commands/preview-guard";
import { previewReduceCommand } from "./commands/preview-reduce";
import { renameCommand } from "./commands/rename";
import { rescanCommand } from "./commands/rescan";
import { retentionApplyCommand } from "./commands/retention-apply";
import { retentionExplainCommand } from "./commands/retention-explain";
import { retentionInventoryCommand } from "./commands/retention-inventory";
import { retentionPlanCommand } from "./commands/retention-plan";
import { retentionRestoreCommand } from "./commands/retention-restore";
import { retentionSimulateCommand } from "./commands/retention-simulate";
import { tagsCommand } from "./commands/tags";
import { upCommand } from "./commands/up";
import { Ended } from "./exit";
import type { Io } from "./io";
import { thisMachine, type Machine } from "./machine";
import { UsageError } from "./request";

/** 0 done, 1 an error, 2 wrong usage or, where it is asked for, changes pending, 3 an image that the gate blocks. */
export type ExitCode = 0 | 1 | 2 | 3;

/** Runs one command line, without the program's name, and never throws. */
export async function run(
  argv: readonly string[],
  io: Io,
  machine: Machine = thisMachine(),
): Promise<ExitCode> {
  try {
    await program(io, machine).parseAsync([...argv], { from: "user" });
    return 0;
  } catch (error) {
    return report(error, io);
  }
}

function program(io: Io, machine: Machine): Command {
  const root: Command = new Command("ghcr")
    .description("Container publishing on GitHub: what the rendered workflows and `pulumi up` run.")
    .addHelpText("after", help)
    .addCommand(tagsCommand(io))
    .addCommand(planCommand(io))
    .addCommand(doctorCommand(io))
    .addCommand(initCommand(io, machine))
    .addCommand(adoptCommand(io, machine))
    .addCommand(upCommand(io, machine))
    .addCommand(moveCommand(io))
    .addCommand(renameCommand(io, machine))
    .addCommand(offboardCommand(io, machine))
    .addCommand(promoteCommand(io))
    .addCommand(rescanCommand(io))
    .addCommand(exceptionsCommand(io))
    .addCommand(newServiceCommand(io, machine))
    .addCommand(commandsCommand(io, () => root))
    .addCommand(
      new Command("image")
        .description("Check, scan, test, tag, attest and assemble images that are in a registry.")
        .addCommand(imageCheckCommand(io))
        .addCommand(imageScanCommand(io))
        .addCommand(imageTestCommand(io))
        .addCommand(imageTagCommand(io))
        .addCommand(imageSummaryCommand(io))
        .addCommand(imageAttestCommand(io))
        .addCommand(imageVerifyCommand(io))
        .addCommand(imageAssembleCommand(io)),
    )
    .addCommand(
      new Command("retention")
        .description("Delete what of a package may go, by a plan, so that every kept image stays whole.")
        .addCommand(retentionInventoryCommand(io))
        .addCommand(retentionPlanCommand(io))
        .addCommand(retentionExplainCommand(io))
        .addCommand(retentionSimulateCommand(io))
        .addCommand(retentionApplyCommand(io))
        .addCommand(retentionRestoreCommand(io)),
    )
    .addCommand(
      new Command("preview")
        .description("Say what `pulumi preview` found: on a pull request, before an update, and about drift.")
        .addCommand(previewReduceCommand(io))
        .addCommand(previewCommentCommand(io))
        .addCommand(previewGuardCommand(io))
        .addCommand(previewDriftCommand(io)),
    );
  configure(root, io);
  return root;
}

/** Commands that are added, not made by their parent, inherit nothing from it. */
function configure(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.print(text.replace(/\n$/, "")),
    writeErr: (text) => io.complain(text.replace(/\n$/, "")),
  });
  for (const child of command.commands) configure(child, io);
}

function report(error: unknown, io: Io): ExitCode {
  // Commander has printed its message; help that was asked for ends with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Ended) return error.code;
  if (error instanceof PlatformError) {
    for (const fault of error.faults) io.complain(`${pc.red("error:")} ${formatFault(fault)}`);
    return error instanceof UsageError ? 2 : 1;
  }
  if (error instanceof RegistryError) {
    io.complain(`${pc.red("error:")} the registry refuses: ${error.message}`);
    io.complain("  fix: run it again if that may pass; everything done so far stays as it is");
    return 1;
  }
  io.complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

const help = `
Signing in: GHCR_USERNAME and GHCR_TOKEN (or GITHUB_ACTOR and GITHUB_TOKEN), sent to ghcr.io, to this machine and
to the registry that GHCR_REGISTRY names; else Docker's config.json.

Examples:
  ghcr tags --event push --ref refs/heads/main --sha 4fa8… --default-branch main
  ghcr image check --image ghcr.io/albeorla/todost@sha256:… --platforms linux/amd64,linux/arm64 --non-root
  ghcr image tag --image ghcr.io/albeorla/todost@sha256:… --tags latest,sha-4fa8d21

Exit codes: 0 done; 1 an error; 2 wrong usage.`;
