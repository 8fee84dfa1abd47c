/**
 * Which `ghcr` commands a workflow calls. A rendered workflow runs the command of a pinned release, which may be older
 * than the program that renders: what that release doesn't know must not be called.
 */
import type { Fault } from "../errors";
import type { PlatformRelease } from "../fleet";
import type { Workflow } from "./model";

/** A subcommand with the flags that it is given. */
export interface CommandCall {
  /** `image scan`. Two words where there are two, e.g. not to be told from `promote todost`. */
  readonly command: string;
  readonly flags: readonly string[];
}

/** Flags of every subcommand, with spaces between them: `{ "image scan": "--image --input" }`. */
export type KnownCommands = Readonly<Record<string, string>>;

/**
 * The calls in a script, as far as the scripts here go: arrays of flags are followed into the calls that take them,
 * fields that jq sets of a request count as the flags of the same name.
 */
export function calledCommands(script: string): readonly CommandCall[] {
  const fields = script.includes("--input -")
    ? [...script.matchAll(/(?<![\w$])\.([a-z][A-Za-z]*) = /g)].map(([, field = ""]) => flagOf(field))
    : [];
  const plain = script
    .replaceAll(/\\\n/g, " ")
    .replaceAll('"$(command -v ghcr)"', "ghcr")
    .replaceAll(/'[^']*'/g, "''")
    .replaceAll(/"\$\{(\w+)\[@\]\}"/g, " @$1 ");
  const [pieces, arrays] = takenApart(plain);
  return pieces
    .flatMap((piece) => piece.split(/[|;&\n]/))
    .flatMap((segment) => {
      const [, words = "", rest = ""] =
        /(?:^|\s)ghcr ([a-z][a-z-]*(?: [a-z][a-z-]*)?)(.*)$/.exec(segment) ?? [];
      if (words === "") return [];
      const own = flagsIn(rest);
      const passed = [...rest.matchAll(/ @(\w+) /g)].flatMap(([, name = ""]) => arrays.get(name) ?? []);
      const set = /--input -/.test(rest) ? fields : [];
      return [{ command: words, flags: [...new Set([...own, ...passed, ...set])].sort() }];
    });
}

/** What of a workflow's calls a release doesn't know; nothing where it doesn't say what it knows. */
export function commandFaults(workflow: Workflow, release: PlatformRelease | undefined): Fault[] {
  const known = release?.commands;
  if (known === undefined) return [];
  return workflow.jobs.flatMap(({ id, steps }) =>
    steps.flatMap(({ name, does }) =>
      does.kind !== "run"
        ? []
        : calledCommands(does.script)
            .flatMap((call) => unknownOf(call, known))
            .map((unknown) => ({
              code: "unknown-command",
              where: `${workflow.file}: job ${id}, step "${name}"`,
              problem: `calls what the pinned release ${release?.version} of the platform doesn't know`,
              got: unknown,
              fix: "make release VERSION=<a higher one>, push its tag, and commit services/platform-release.json with this",
            })),
    ),
  );
}

/** `ghcr image scan`, or `ghcr image scan --new-flag`. */
function unknownOf({ command, flags }: CommandCall, known: KnownCommands): readonly string[] {
  const [first = ""] = command.split(" ");
  // The second word of a call is a subcommand only of a group.
  const name = Object.hasOwn(known, first) ? first : command;
  const options = Object.hasOwn(known, name) ? known[name]?.split(" ") : undefined;
  if (options === undefined) return [`ghcr ${name}`];
  return flags.filter((flag) => !options.includes(flag)).map((flag) => `ghcr ${name} ${flag}`);
}

/** A script without what stands in brackets, then each of those; and flags in arrays, by the array's name. */
function takenApart(script: string): [readonly string[], ReadonlyMap<string, readonly string[]>] {
  const arrays = new Map<string, readonly string[]>();
  const pieces: string[] = [];
  let rest = script;
  for (let before = ""; before !== rest;) {
    before = rest;
    rest = rest
      .replaceAll(/\b(\w+)\+?=\(([^()]*)\)/g, (_, name: string, content: string) => {
        arrays.set(name, [...(arrays.get(name) ?? []), ...flagsIn(content)]);
        return "";
      })
      .replaceAll(/\$\(([^()]*)\)/g, (_, content: string) => {
        pieces.push(content);
        return "";
      });
  }
  return [[rest, ...pieces].map((piece) => piece.replaceAll(/"[^"]*"/g, '""')), arrays];
}

function flagsIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|\s)(--[a-z][a-z-]*)/g)].map(([, flag = ""]) => flag);
}

/** `inputLayout` as `--input-layout`. */
function flagOf(field: string): string {
  return `--${field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
