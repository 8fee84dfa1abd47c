/** What the gate decided, in sentences: for a terminal, and as Markdown for a job's summary. */
import type { Fault } from "../core/errors";
import { severities, type ExceptionNotice, type GateResult } from "../core/scan";
import { textTable } from "./text-table";

/** One line for each thing that is to be said of an exception. */
export function noticeText(notice: ExceptionNotice): string {
  const { id, scope, owner, until } = notice.exception;
  const name = `the exception for ${id} (${scope}, ${owner})`;
  switch (notice.kind) {
    case "ends-soon":
      return `${name} ends ${notice.days === 0 ? "today" : `in ${count(notice.days, "day", "days")}, after ${until}`}`;
    case "ended":
      return `${name} ended after ${until}: delete it, or give it a new end with a reason`;
    case "unused":
      return `${name} matches nothing that was scanned: delete it, or mend its scope`;
  }
}

/** What a person reads of a scan. */
export function resultLines(image: string, result: GateResult): string[] {
  return [
    `${image} ${outcome(result)}`,
    ...textTable(resultRows(result), [1, 2, 3, 4, 5, 6]).map((line) => `  ${line}`),
    ...exceptionLines(result).map((line) => `  ${line}`),
    `  ${scannerText(result)}`,
  ];
}

/** The same as Markdown. */
export function resultMarkdown(
  image: string,
  result: GateResult,
  faults: readonly Fault[],
  notices: readonly ExceptionNotice[],
): string {
  const [head = [], ...rows] = resultRows(result);
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    `### ${image} ${outcome(result)}`,
    "",
    row(head),
    row(head.map((_, column) => (column === 0 || column === head.length - 1 ? "---" : "---:"))),
    ...rows.map(row),
    "",
    ...faults.map(({ where, problem, fix }) => `- **${where}** ${escaped(problem)}  \n  ${escaped(fix)}`),
    ...exceptionLines(result).map((line) => `- ${escaped(line)}`),
    ...notices.map((notice) => `- ${escaped(noticeText(notice))}`),
    "",
    scannerText(result),
    "",
  ].join("\n");
}

function outcome({ verdict, breakGlass }: GateResult): string {
  if (verdict === "passed") return "passes: nothing critical or high that has a fix";
  if (breakGlass === undefined) return "does not pass";
  return `is let through by ${breakGlass.by}, though it is blocked: ${breakGlass.reason}`;
}

function resultRows({ platforms }: GateResult): string[][] {
  const head = ["platform", "packages", ...severities.slice(0, 4), "excepted", "verdict"];
  return [
    head,
    ...platforms.map(({ platform, packages, findings, fixable, excepted, blocks }) => [
      platform,
      String(packages),
      ...severities
        .slice(0, 4)
        .map((severity) =>
          findings[severity] === 0 ? "0" : `${findings[severity]} (${fixable[severity]} fixable)`,
        ),
      String(excepted),
      blocks.length === 0 ? "passes" : blocks.join(", "),
    ]),
  ];
}

function exceptionLines({ exceptions }: GateResult): string[] {
  return exceptions.map(
    ({ id, scope, owner, reason, until }) =>
      `${id} in ${scope} is excepted until ${until} by ${owner}: ${reason}`,
  );
}

function scannerText({ scanner: { name, version, database } }: GateResult): string {
  const age =
    database.updatedAt === null ? "which could not be had" : `of ${database.updatedAt.slice(0, 10)}`;
  return `${name} ${version}, vulnerabilities from ${database.reference} ${age}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** What others wrote stays text: a vulnerability's or a person's words make no Markdown or HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>]/g, (mark) => `&#${mark.charCodeAt(0)};`).replaceAll(/[\\`*_[\]|]/g, "\\$&");
}
