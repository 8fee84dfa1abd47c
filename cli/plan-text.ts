/** A retention plan as a person reads it: in a terminal, and as Markdown in a job's summary. */
import type { Notice, Plan, PlannedVersion } from "../core/retention";
import { bytesText, shortDigest, textTable } from "./text-table";

/** Lines for a terminal. */
export function planLines(plan: Plan): string[] {
  const rows = doomedRows(plan);
  return [
    ...(rows.length === 0 ? [] : [...textTable([["DIGEST", "TAGS", "GOES BY", "HOLDS"], ...rows], [3]), ""]),
    summaryLine(plan),
    ...plan.notices.map(noticeLine),
    ...brakeLines(plan),
  ];
}

/** GitHub takes 1 MiB of a summary; a row has about 150 bytes. */
const mostRows = 1_000;

/** Markdown, with a heading. */
export function planMarkdown(plan: Plan): string {
  const rows = doomedRows(plan).map((row) => row.map(escaped));
  const hidden = rows.length - mostRows;
  return [
    `### Retention of ${plan.package.owner}/${plan.package.name}`,
    "",
    ...brakeLines(plan).flatMap((line) => [`> [!WARNING]`, `> ${escaped(line)}`, ""]),
    summaryLine(plan),
    "",
    ...(rows.length === 0
      ? []
      : ["| goes | tags | by | holds |", "| --- | --- | --- | ---: |"].concat(
          rows.slice(0, mostRows).map((row) => `| ${row.join(" | ")} |`),
          hidden > 0 ? [`| and ${hidden} more, in the plan's file | | | |`] : [],
          [""],
        )),
    "| stays | because of |",
    "| ---: | --- |",
    ...stayingReasons(plan).map(([reason, count]) => `| ${count} | ${escaped(reason)} |`),
    "",
    ...plan.notices.map((notice) => `- ${escaped(noticeLine(notice))}`),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

function doomedRows({ deletions, versions }: Plan): string[][] {
  const byDigest = new Map(versions.map((version) => [version.digest, version]));
  return deletions.flatMap(({ digest }) => {
    const version = byDigest.get(digest);
    if (version === undefined) return [];
    return [
      [shortDigest(digest), version.tags.join(", ") || "-", reasonText(version), bytesText(version.bytes)],
    ];
  });
}

function reasonText({ reason }: PlannedVersion): string {
  if ("rule" in reason) return reason.rule;
  return reason.kind === "belongs" ? `belongs to ${shortDigest(reason.to)}` : reason.kind;
}

/** How many stay for which reason, the most frequent first. */
function stayingReasons({ versions }: Plan): [string, number][] {
  const counts = new Map<string, number>();
  for (const { action, reason } of versions) {
    if (action === "delete") continue;
    const text =
      reason.kind === "belongs"
        ? "belonging to what stays"
        : "rule" in reason
          ? `${reason.kind === "not-yet" ? "not yet due by " : ""}rule ${reason.rule}`
          : reason.kind;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].sort(([one, first], [other, second]) => second - first || (one < other ? -1 : 1));
}

function summaryLine({ summary }: Plan): string {
  return (
    `${summary.delete} of ${summary.versions} versions go and free ${bytesText(summary.freed)} of ${bytesText(summary.bytes)}; ` +
    `${summary.keep} stay, ${summary.retain} stay because GitHub would refuse`
  );
}

function brakeLines({ brake }: Plan): string[] {
  if (brake.trippedBy.length === 0) return [];
  return [
    `The brake is on (at most ${brake.versions} versions and ${brake.percent} %): ` +
      "this plan can't be applied unless a person lets it through",
  ];
}

function noticeLine(notice: Notice): string {
  switch (notice.kind) {
    case "rule-matches-nothing":
      return `rule ${notice.rule} matches nothing`;
    case "not-in-package":
      return `${shortDigest(notice.digest)}, named by ${notice.by}, is not in the package`;
    case "already-broken":
      return `${shortDigest(notice.digest)} already lacks ${shortDigest(notice.missing)}`;
    case "held":
      return `nothing may go: ${notice.why}`;
  }
}

/** Names of others' making stay text. */
function escaped(text: string): string {
  return text.replace(/[\\`*{}[\]<>|#]/g, "\\$&").replace(/\s+/g, " ");
}
