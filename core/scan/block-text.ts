/** Why an image does not pass, in sentences. */
import type { Fault } from "../errors";
import type { GateResult } from "./gate-result";
import type { Block, BlockingFinding, PlatformVerdict } from "./judge";
import type { Finding } from "./report";

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
