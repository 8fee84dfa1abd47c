/** What the gate decided, in sentences: for a terminal, for errors, and as Markdown for a job's summary. */
import type { Fault } from "../core/errors";
import {
  severities,
  type Block,
  type BlockingFinding,
  type ExceptionNotice,
  type Finding,
  type GateResult,
  type PlatformVerdict,
} from "../core/scan";
import { textTable } from "./text-table";

/** Findings that are named one by one; the report holds all. */
const named = 10;

/** Why the image does not pass, all at once; what holds for several platforms is said once. */
export function blockFaults(
  verdicts: readonly PlatformVerdict[],
  database: GateResult["scanner"]["database"],
): Fault[] {
  const faults = new Map<string, Fault>();
  for (const { platform, blocks } of verdicts) {
    for (const block of blocks) {
      const said = { code: block.code, ...sentence(block, database) };
      const before = faults.get(said.problem);
      faults.set(said.problem, {
        ...said,
        where: before === undefined ? platform : `${before.where}, ${platform}`,
      });
    }
  }
  return [...faults.values()];
}

function sentence(
  block: Block,
  { reference, updatedAt }: GateResult["scanner"]["database"],
): Pick<Fault, "problem" | "fix"> {
  switch (block.code) {
    case "findings":
      return {
        problem: `blocked: ${count(block.findings.length, "critical or high vulnerability", "critical or high vulnerabilities")} with a fix: ${listed(block.findings, findingText)}`,
        fix: "take the version that mends it (a newer base image, a newer package); or declare an exception with owner, reason and end beside the service: exceptions in its service.ts",
      };
    case "scanner-failed":
      return {
        problem:
          `not scanned: Trivy ended with ${block.exitCode === undefined ? "a signal" : `exit code ${block.exitCode}`}` +
          `${updatedAt === null ? `, without the vulnerability database ${reference}` : ""}\n${indented(block.output)}`,
        fix:
          updatedAt === null
            ? "see that the database can be reached, or name another one: ghcr-platform:vulnerabilityDatabase, --database"
            : "mend what Trivy says above and run it again",
      };
    case "no-report":
      return {
        problem: `not scanned: Trivy's report can't be read: ${block.problem}`,
        fix: "use the version of Trivy that the platform pins",
      };
    case "wrong-image":
      return {
        problem: `not scanned: the report is of the configuration ${block.got}, and the image's is ${block.expected}`,
        fix: "run it again; if it stays so, the registry serves something else than it lists",
      };
    case "wrong-architecture":
      return {
        problem: `not scanned: the image is for ${block.got}, and is listed for ${block.expected}`,
        fix: "build each platform for what it is listed as",
      };
    case "no-packages":
      return {
        problem: "not scanned: no packages of an operating system were found in the image",
        fix: "keep /etc/os-release and the package manager's records in the image; or declare staticImage with the reason, where there is no operating system in it",
      };
    case "unexplained-suppression":
      return {
        problem: `blocked: Trivy left out what no exception covers: ${listed(block.findings, findingText)}`,
        fix: "name the package's URL as the exception's scope, or `all` where Trivy knows no URL of it",
      };
    case "contradiction":
      return {
        problem: `not scanned: Trivy ended with exit code ${block.exitCode} and reports ${count(block.findings, "vulnerability", "vulnerabilities")}`,
        fix: "use the version of Trivy that the platform pins",
      };
  }
}

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

function findingText(finding: Finding | BlockingFinding): string {
  const { id, severity, installed, fixed } = finding;
  const ended = "ended" in finding ? finding.ended : undefined;
  return [
    `${id} (${severity}) in ${finding.package} ${installed}`,
    ...(fixed === undefined ? [] : [`, fixed in ${fixed}`]),
    ...(ended === undefined ? [] : [`; its exception of ${ended.owner} ended after ${ended.until}`]),
  ].join("");
}

function listed<T>(all: readonly T[], text: (one: T) => string): string {
  const more = all.length - named;
  return `${all.slice(0, named).map(text).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}

/** What others wrote stays text: a vulnerability's or a person's words make no Markdown or HTML. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>]/g, (mark) => `&#${mark.charCodeAt(0)};`).replaceAll(/[\\`*_[\]|]/g, "\\$&");
}
