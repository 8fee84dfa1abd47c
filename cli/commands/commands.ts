import { Command } from "commander";
import type { Io } from "../io";

/** `ghcr commands`: what this version knows. A release keeps it, for what is rendered later. */
export function commandsCommand(io: Io, root: () => Command): Command {
  return new Command("commands")
    .description("List the subcommands of this version with their flags.")
    .option("--json", "print one line of JSON: the flags of each, with spaces between them")
    .addHelpText("after", help)
    .action(({ json }: { readonly json?: true }) => {
      const known = commandsOf(root());
      if (json === true) io.print(JSON.stringify(Object.fromEntries(known)));
      else for (const [name, flags] of known) io.print(`${name} ${flags}`.trimEnd());
    });
}

/** Flags by the names of subcommands that do something, both in order. */
export function commandsOf(command: Command, above: readonly string[] = []): ReadonlyMap<string, string> {
  const found = command.commands.flatMap((child): (readonly [string, string])[] => {
    const path = [...above, child.name()];
    if (child.commands.length > 0) return [...commandsOf(child, path)];
    const flags = child.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
    return [[path.join(" "), flags.sort().join(" ")]];
  });
  return new Map(found.sort(([one], [other]) => (one < other ? -1 : 1)));
}

const help = `
A release of the platform is pinned with this list (services/platform-release.json), and no workflow is rendered that
calls what the pinned release doesn't know.

Exit codes: 0 done; 2 wrong usage.`;
