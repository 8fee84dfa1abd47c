/**
 * A preview as a pull request's comment: a table first, what goes or is replaced by name, the rest folded. All of it
 * fits into what GitHub takes, and is cut between resources.
 */
import { code, cut, isShownWhole, longestText, mark, plural, type Mark } from "../marked";
import type { TypeToken } from "./events";
import {
  changesOf,
  countsByOwner,
  operations,
  type Change,
  type Note,
  type Operation,
  type Preview,
} from "./model";

/** The first line of the comment. */
export const previewMark: Mark = mark("preview");

export interface CommentOptions {
  /** The pull request's commit, 40 hexadecimal digits. */
  readonly commit: string;
  /** Page of the run that made the preview, from GitHub itself. */
  readonly runUrl?: string;
  /** What the preview leaves out and why, in the platform's own words. */
  readonly remark?: string;
}

const symbols: Readonly<Record<Operation, string>> = {
  create: "+",
  update: "~",
  delete: "−",
  replace: "±",
  import: "import",
  forget: "forget",
};
/** These have a column only where there are any. */
const rare: readonly Operation[] = ["import", "forget"];
const columns: readonly Operation[] = ["create", "update", "delete", "replace", "import", "forget"];

/** The comment's whole body. */
export function previewComment(previews: readonly Preview[], options: CommentOptions): string {
  const changed = previews.filter((preview) => !isQuiet(preview));
  const quiet = previews.filter(isQuiet);
  const head = `${previewMark}\n${commitLine(options.commit)}`;
  const foot = footer(previews, options);
  const budget = longestText - head.length - foot.length - 2_000;
  const sections = cut(
    changed.map((preview) => section(preview, options, Math.max(1_500, Math.floor(budget / changed.length)))),
    budget,
    (left) => `### ${plural(left, "more stack")}\n\nThis comment is full; the run has them.`,
    "\n\n",
  );
  const silent = cut(
    quiet.map(({ stack }) => `### Preview of ${code(stack)}: nothing changes`),
    1_500,
    (left) => `### ${plural(left, "more stack")} without a change`,
  );
  return [head, sections, silent, foot].filter((part) => part !== "").join("\n\n");
}

/** A hidden line that says which commit a comment is of. */
export function commitLine(commit: string): string {
  return `<!-- commit ${/^[0-9a-f]{40}$/.test(commit) ? commit : "unknown"} -->`;
}

/** The heading that a stack's part of the comment starts with, up to its counts. */
export function headingOf(stack: string): string {
  return `### Preview of ${code(stack)}: `;
}

/**
 * The line by which a comment says that something goes or is replaced. Undefined: its name can't be shown so that
 * nothing else looks like it.
 */
export function dangerLine({ operation, name, type, owner }: Change): string | undefined {
  if (![name, owner].every((text) => isShownWhole(text)) || !isShownWhole(type, longestType))
    return undefined;
  return `> - **${operation}** ${kind(type)} ${code(name)}${ofOwner(name, owner)}`;
}

function isQuiet(preview: Preview): boolean {
  return (
    preview.ended === "succeeded" &&
    preview.changes.length === 0 &&
    preview.notes.every(({ severity, text }) => severity === "info" && text.kind === "withheld")
  );
}

/** One stack's part: heading, counts, what goes, notes, and the rest folded, within so many characters. */
export function section(preview: Preview, options: Pick<CommentOptions, "runUrl">, budget: number): string {
  const parts = [
    `${headingOf(preview.stack)}${summary(preview)}`,
    ...(preview.ended === "succeeded" ? [] : [failure(preview, options)]),
    table(preview, budget * 0.25),
    danger(preview, budget * 0.35),
    notes(preview, options, budget * 0.15),
  ].filter((part) => part !== "");
  const left = budget - parts.reduce((sum, part) => sum + part.length + 2, 0);
  return [...parts, details(preview, left)].filter((part) => part !== "").join("\n\n");
}

function summary(preview: Preview): string {
  if (preview.ended !== "succeeded" && preview.changes.length === 0) return "it fails";
  if (preview.changes.length === 0) return "nothing changes";
  const counted = operations.flatMap((operation) => {
    const count = changesOf(preview, operation).length;
    return count === 0 ? [] : [`${count} to ${operation}`];
  });
  return counted.join(", ");
}

function failure({ ended }: Preview, { runUrl }: Pick<CommentOptions, "runUrl">): string {
  const why =
    ended === "failed"
      ? "The program can't be previewed, so what is below is not all."
      : "The preview broke off, so what is below is not all.";
  return `> [!CAUTION]\n> ${why} ${runUrl === undefined ? "The job's log" : `[The job's log](${runUrl})`} says more.`;
}

function table({ changes }: Preview, budget: number): string {
  if (changes.length === 0) return "";
  const shown = columns.filter(
    (operation) => !rare.includes(operation) || changes.some((change) => change.operation === operation),
  );
  const rows = [...countsByOwner(changes)]
    .map(([owner, counts]) => ({ owner, counts, isDangerous: counts.delete + counts.replace > 0 }))
    .sort((a, b) => Number(b.isDangerous) - Number(a.isDangerous))
    .map(({ owner, counts }) => {
      const cells = shown.map((operation) => {
        const count = counts[operation];
        return count === 0 ? "" : operation === "delete" || operation === "replace" ? `**${count}**` : count;
      });
      return `| ${[code(owner, 60), ...cells].join(" | ")} |`;
    });
  const head = `| service | ${shown.map((operation) => symbols[operation]).join(" | ")} |`;
  const line = `|:--|${shown.map(() => "--:").join("|")}|`;
  const body = cut(rows, budget, (left) => `| ${plural(left, "more service")} |${" |".repeat(shown.length)}`);
  return [head, line, body].join("\n");
}

function danger(preview: Preview, budget: number): string {
  const [deletes, replaces] = [changesOf(preview, "delete"), changesOf(preview, "replace")];
  if (deletes.length + replaces.length === 0) return "";
  const said = [
    ...(deletes.length === 0 ? [] : [`deletes ${deletes.length}`]),
    ...(replaces.length === 0 ? [] : [`replaces ${replaces.length}`]),
  ].join(" and ");
  const lines = [...deletes, ...replaces].map((change) => {
    const why = change.replacePaths.length === 0 ? "" : `, because of ${paths(change.replacePaths)}`;
    return `${dangerLine(change) ?? `> - **${change.operation}** ${resource(change)}${ofOwner(change.name, change.owner)}`}${why}`;
  });
  const more = (left: number) =>
    `> - and ${left} more, which \`pulumi-up\` will stop at: they are not shown here`;
  return [
    "> [!WARNING]",
    `> **This ${said}.**${replaces.length === 0 ? "" : " A replacement deletes what is there, then makes it anew."}`,
    ">",
    cut(lines, budget, more),
  ].join("\n");
}

const retentionEffect = /\b\d[\d,]* of \d[\d,]* versions?\b/;

function notes({ notes: all }: Preview, { runUrl }: Pick<CommentOptions, "runUrl">, budget: number): string {
  const told = all.filter(({ severity, text }) => severity !== "info" || text.kind === "message");
  const [retention, others]: [string[], string[]] = [[], []];
  const withheld = { warning: 0, error: 0 };
  for (const note of told) {
    if (note.text.kind === "withheld") withheld[note.severity === "error" ? "error" : "warning"]++;
    else if (note.text.kind === "message" && retentionEffect.test(note.text.message))
      retention.push(noteLine(note));
    else others.push(noteLine(note));
  }
  if (withheld.warning + withheld.error > 0) {
    const counts = (["error", "warning"] as const)
      .filter((severity) => withheld[severity] > 0)
      .map((severity) => plural(withheld[severity], severity));
    const log = runUrl === undefined ? "the job's log" : `[the job's log](${runUrl})`;
    others.push(`- ${counts.join(" and ")} of other providers or the program: in ${log}`);
  }
  const more = (left: number) => `- and ${left} more, in the job's log`;
  return [
    ...(retention.length === 0 ? [] : [`**Retention**\n${cut(retention, budget / 2, more)}`]),
    ...(others.length === 0 ? [] : [`**Notes**\n${cut(others, budget / 2, more)}`]),
  ].join("\n\n");
}

function noteLine({ severity, owner, name, text }: Note): string {
  const named = new Set([owner, name].filter((one) => one !== undefined).map((one) => code(one, 60)));
  const of = named.size === 0 ? "" : ` ${[...named].join(" ")}:`;
  const said =
    text.kind === "policy"
      ? `policy ${code(text.policy)}`
      : text.kind === "message"
        ? code(text.message, 400)
        : "";
  return `-${severity === "info" ? "" : ` ${severity}`}${of} ${said}`;
}

function details({ changes }: Preview, budget: number): string {
  if (changes.length === 0) return "";
  const open = `<details><summary>All ${plural(changes.length, "change")}</summary>`;
  const lines = changes.map((change, index) => {
    const heading = change.owner === changes[index - 1]?.owner ? "" : `\n**${code(change.owner, 60)}**\n\n`;
    const what = change.paths.length === 0 ? "" : `: ${paths(change.paths)}`;
    return `${heading}- \`${symbols[change.operation]}\` ${resource(change)}${what}`;
  });
  const body = cut(lines, budget - open.length - 100, (left) => `- and ${left} more, in the job's log`);
  return `${open}\n${body}\n\n</details>`;
}

function footer(previews: readonly Preview[], { commit, runUrl, remark }: CommentOptions): string {
  const unchanged = previews.reduce((sum, preview) => sum + preview.unchanged, 0);
  const of = `${plural(unchanged, "resource")} unchanged`;
  const at = /^[0-9a-f]{40}$/.test(commit) ? `commit ${commit.slice(0, 7)}` : undefined;
  const run = runUrl === undefined ? undefined : `[run](${runUrl})`;
  return `<sub>${[of, at, run, remark].filter((part) => part !== undefined).join(" · ")}</sub>`;
}

function resource({ name, type }: Change): string {
  return `${kind(type)} ${code(name)}`;
}

/** Most names start with their owner's. */
function ofOwner(name: string, owner: string): string {
  return name.startsWith(`${owner}-`) ? "" : ` of ${code(owner)}`;
}

const longestType = 120;

/** `github:index/actionsSecret:ActionsSecret` as `actions secret`; in full where that is no plain words. */
function kind(type: TypeToken): string {
  const last = type.split(":").at(-1) ?? "";
  return /^[A-Z][A-Za-z]{2,60}$/.test(last) && /^(github|docker|docker-build|command|ghcr):/.test(type)
    ? last.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()
    : code(type, longestType);
}

function paths(all: readonly string[]): string {
  const shown = all.slice(0, 5).map((path) => code(path, 60));
  return [...shown, ...(all.length > 5 ? [`${all.length - 5} more`] : [])].join(", ");
}
