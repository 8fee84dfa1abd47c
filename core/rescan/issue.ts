/**
 * One issue a repository: what runs there and has a vulnerability that blocks, or could not be scanned; and which
 * exceptions end, since nobody may open a pull request that says so until then.
 */
import { code, cut, longestText, mark, plural, type Mark } from "../marked";
import { endingTable, endsAdvice, type EndingException } from "../scan";
import { standingOf, type FoundIn, type Rescanned, type Standing } from "./standing";

export interface RescanIssue {
  readonly title: string;
  readonly body: string;
}

/** The first line of the issue. */
export const rescanMark: Mark = mark("rescan");

type Told = Rescanned & Standing;

/**
 * The issue of all that a repository's services run. It has no dates of its own, so that it isn't written again every
 * day for the same findings. Undefined: all of it was scanned, nothing was found that the gate would block, and no
 * exception ends.
 * @param ending those that end, and haven't: what is over is told by what the scan finds
 */
export function rescanIssue(
  results: readonly Rescanned[],
  ending: readonly EndingException[],
): RescanIssue | undefined {
  const told = results
    .map((result): Told => ({ ...result, ...standingOf(result) }))
    .filter(({ findings, unscanned }) => findings.length + unscanned.length > 0);
  if (told.length + ending.length === 0) return undefined;
  const found = told.some(({ findings }) => findings.length > 0);
  const unknown = told.some(({ unscanned }) => unscanned.length > 0);
  const head = [
    rescanMark,
    "",
    "What is running was scanned again, with the vulnerabilities that are known today.",
    "",
    ...(found ? [findingsAdvice] : []),
    ...(unknown ? [unscannedAdvice] : []),
    ...(ending.length === 0 ? [] : [endsAdvice]),
    "",
    "This issue is kept up to date, and closed when all that runs was scanned and passes, and no exception ends within 14 days.",
    "",
    "",
  ].join("\n");
  const budget = longestText - head.length;
  return {
    title: found
      ? "Rescan: what runs has vulnerabilities that have a fix"
      : unknown
        ? "Rescan: what runs was not scanned"
        : "Rescan: exceptions of the vulnerability gate end",
    body: `${head}${[
      ...(told.length === 0 ? [] : [table(told, budget * 0.25)]),
      ...(ending.length === 0 ? [] : [`### Exceptions that end\n\n${endingTable(ending, budget * 0.15)}`]),
      ...(told.length === 0 ? [] : [details(told, budget * 0.55)]),
    ].join("\n\n")}`,
  };
}

const findingsAdvice =
  "- Vulnerabilities: take the version that mends them (a newer base image, a newer package), publish and promote " +
  "it; or declare an exception with owner, reason and end beside the service.";
const unscannedAdvice =
  "- Not scanned: whether it is clean is not known. The last run of the workflow says more; run it again once that " +
  "is mended.";

function table(told: readonly Told[], budget: number): string {
  const rows = told.map(
    ({ service, tags, state, findings, unscanned }) =>
      `| ${code(service)} | ${tagsText(tags)} | ${state.kind === "scanned" ? code(shortDigest(state.digest)) : ""} | ` +
      `${[...(findings.length === 0 ? [] : [counted(findings)]), ...(unscanned.length === 0 ? [] : ["not scanned"])].join(", ")} |`,
  );
  const more = (left: number) => `| ${plural(left, "more image")} | | | |`;
  return ["| service | runs as | digest | |", "|:--|:--|:--|:--|", cut(rows, budget, more)].join("\n");
}

function details(told: readonly Told[], budget: number): string {
  // Each may use its share; what the whole leaves out is counted.
  const share = Math.max(1_000, Math.floor(budget / told.length));
  const sections = told.map(({ service, tags, findings, unscanned }) => {
    const lines = [
      ...unscanned.map((reason) => `- not scanned: ${code(reason, 300)}`),
      ...findings.map(line),
    ];
    return `### ${code(service)} as ${tagsText(tags)}\n\n${cut(lines, share - 500, (left) => `- and ${left} more`)}`;
  });
  return cut(sections, budget, (left) => `### ${plural(left, "more image")}, in the workflow's log`, "\n\n");
}

function line(finding: FoundIn): string {
  const { id, severity, installed, fixed, ended, platforms } = finding;
  return [
    `- ${severity} ${code(id)} in ${code(finding.package)} ${code(installed)}`,
    ...(fixed === undefined ? [] : [`, fixed in ${code(fixed)}`]),
    ` (${platforms.map((platform) => code(platform)).join(", ")})`,
    ...(ended === undefined
      ? []
      : [`; its exception of ${code(ended.owner)} ended after ${code(ended.until)}`]),
  ].join("");
}

function counted(findings: readonly FoundIn[]): string {
  const critical = findings.filter(({ severity }) => severity === "critical").length;
  const all = findings.length === 1 ? "1 vulnerability" : `${findings.length} vulnerabilities`;
  return critical === 0 ? all : `${all}, ${critical} critical`;
}

function tagsText(tags: readonly string[]): string {
  const shown = tags.slice(0, 5).map((tag) => code(tag, 60));
  return [...shown, ...(tags.length > 5 ? [`${tags.length - 5} more`] : [])].join(", ");
}

function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}
