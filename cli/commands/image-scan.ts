import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { storeSbom } from "../../clients/sbom-store";
import { PlatformError, formatFault } from "../../core/errors";
import { parsePlatform, parsePinnedReference } from "../../core/names";
import { blockFaults, defaultDatabase, exceptionFaults } from "../../core/scan";
import { Ended } from "../exit";
import type { Io } from "../io";
import { readJsonFile, writeFileWhole } from "../json-file";
import { Gathered, list, readRequest, UsageError, withRequestOptions, type Request } from "../request";
import { openImage, scanImage, slug, type ImageScan, type Scanned } from "../../clients/scan-image";
import { exceptionsSchema } from "../exceptions-schema";
import { noticeText, resultLines, resultMarkdown } from "../scan-text";

const request = z.strictObject({
  image: z.string().optional(),
  inputLayout: z.string().optional(),
  platforms: z.array(z.string()).min(1).optional(),
  database: z.string().min(1).optional(),
  exceptions: exceptionsSchema,
  staticImage: z.string().min(1).optional(),
  reports: z.string().optional(),
  summary: z.string().optional(),
  breakGlass: z.boolean().default(false),
  reason: z.string().optional(),
});

interface Options {
  readonly image?: string;
  readonly inputLayout?: string;
  readonly platforms?: readonly string[];
  readonly database?: string;
  readonly exceptions?: string;
  readonly staticImage?: string;
  readonly reports?: string;
  readonly summary?: string;
  readonly breakGlass?: true;
  readonly reason?: string;
  readonly input?: string;
  readonly json?: true;
}

/** `ghcr image scan`: the vulnerability gate. Reads only. */
export function imageScanCommand(io: Io): Command {
  const command = new Command("scan")
    .description(
      "Scan every platform of an image with Trivy, and say whether it may be tagged. Changes nothing.",
    )
    .option("--image <reference>", "<registry>/<owner>/<service>@sha256:<digest of the index>")
    .option("--input-layout <folder>", "an OCI image layout on this machine instead")
    .option(
      "--platforms <list>",
      "of these only, with commas between them (default: all that it lists)",
      list,
    )
    .option(
      "--database <references>",
      "vulnerability database, the first that answers (default: Trivy's own)",
    )
    .option("--exceptions <file>", "JSON list of exceptions: id, scope, owner, reason, until")
    .option("--static-image <reason>", "why the image holds no packages of an operating system")
    .option(
      "--reports <folder>",
      "where each platform's JSON and SARIF report and SBOM, and the result, are put",
    )
    .option("--summary <file>", "file that the result is appended to as Markdown, e.g. a job's summary")
    .option("--break-glass", "let a blocked image through; recorded in the result")
    .option("--reason <text>", "why the glass is broken");
  return withRequestOptions(command)
    .addHelpText("after", help)
    .action(async ({ input, json, exceptions: file, ...flags }: Options) => {
      const exceptions = file === undefined ? undefined : readJsonFile("--exceptions", file);
      const asked = parse(await readRequest(io, request, input, { ...flags, exceptions }), io);
      const image = await openImage(asked, io.environment);
      const scan = await scanImage({ ...asked, also: alsoWanted(asked) }, image, io.environment);
      const { result, verdicts, notices } = scan;
      const faults = blockFaults(verdicts, result.scanner.database);
      writeReports(asked, scan);
      storeSboms(image.repository, scan, io);
      if (asked.summary !== undefined) {
        appendFileSync(asked.summary, resultMarkdown(image.name, result, faults, notices));
      }
      if (json === true)
        io.print(JSON.stringify({ image: image.name, ok: result.verdict !== "blocked", result }));
      else for (const line of resultLines(image.name, result)) io.print(line);
      // GitHub shows a line of this form on the run's page.
      const notes = io.environment["GITHUB_ACTIONS"] === "true" ? "::notice::" : "notice: ";
      for (const notice of notices) io.complain(`${notes}${noticeText(notice)}`);
      if (result.verdict !== "blocked") return;
      if (faults.some(({ code }) => code !== "findings")) throw new PlatformError(faults);
      for (const fault of faults) io.complain(`error: ${formatFault(fault)}`);
      throw new Ended(3);
    });
}

interface Asked extends ImageScan {
  readonly reports: string | undefined;
  readonly summary: string | undefined;
}

function parse({ values, where }: Request<z.infer<typeof request>>, io: Io): Asked {
  const { image, inputLayout, reason } = values;
  if ((image === undefined) === (inputLayout === undefined)) {
    throw usage(where("image"), "give either an image in a registry or a layout", "give one of the two");
  }
  if (values.breakGlass !== (reason !== undefined && reason.trim() !== "")) {
    throw usage(where("breakGlass"), "needs a reason, and a reason is for nothing else", "give both or none");
  }
  const gathered = new Gathered();
  const reference =
    image === undefined ? undefined : gathered.take(() => parsePinnedReference(where("image"), image));
  const platforms = values.platforms?.map((text) =>
    gathered.take(() => parsePlatform(where("platforms"), text)),
  );
  gathered.take(() => {
    const faults = exceptionFaults(where("exceptions"), values.exceptions);
    if (faults.length > 0) throw new PlatformError(faults);
  });
  const by = io.environment["GITHUB_ACTOR"] || io.environment["USER"] || "unknown";
  return gathered.finish(() => ({
    target: reference === undefined ? { layout: inputLayout ?? "" } : { reference },
    platforms: platforms?.filter((platform) => platform !== undefined),
    database: values.database ?? io.environment["GHCR_VULNERABILITY_DATABASE"] ?? defaultDatabase,
    exceptions: values.exceptions,
    staticImage: values.staticImage,
    reports: values.reports,
    summary: values.summary,
    breakGlass: reason === undefined ? undefined : { by, reason },
  }));
}

/** An image that is in no registry gets no SBOM: there is nothing to attach it to. */
function alsoWanted({ reports, target }: Asked): NonNullable<ImageScan["also"]> {
  return [
    ...(reports === undefined ? [] : (["sarif"] as const)),
    ...("reference" in target ? (["sbom"] as const) : []),
  ];
}

/** For `ghcr image attest` on this machine. */
function storeSboms(image: string, { reports }: Scanned, io: Io): void {
  for (const { digest, sbom } of reports.values()) {
    if (sbom !== undefined) storeSbom(io.environment, { image, digest }, sbom);
  }
}

function writeReports({ reports: folder }: Asked, { result, reports }: Scanned): void {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const [platform, { json, sarif: text, sbom }] of reports) {
    if (json !== undefined) writeFileWhole(join(folder, `${slug(platform)}.json`), JSON.stringify(json));
    if (text !== undefined) writeFileWhole(join(folder, `${slug(platform)}.sarif`), text);
    if (sbom !== undefined) writeFileWhole(join(folder, `${slug(platform)}.spdx.json`), sbom);
  }
  // Named after what it is of: results of single platforms may come to lie in one folder.
  const scope = result.platforms.map(({ platform }) => slug(platform)).join("+");
  writeFileWhole(join(folder, `gate-result.${scope}.json`), JSON.stringify(result));
}

function usage(where: string, problem: string, fix: string): UsageError {
  return new UsageError({ code: "invalid-input", where, problem, fix });
}

const help = `
Critical and high vulnerabilities that have a fix block, unless an exception holds for them. So do a scan that did
not happen, a report of another image or architecture, and an image without packages of an operating system.

Trivy must be on PATH. GHCR_VULNERABILITY_DATABASE names the database where --database doesn't.

Examples:
  ghcr image scan --image ghcr.io/albeorla/todost@sha256:…
  ghcr image scan --image ghcr.io/albeorla/todost@sha256:… --platforms linux/arm64 --exceptions exceptions.json \\
    --reports reports --summary "$GITHUB_STEP_SUMMARY"
  ghcr image scan --input-layout build/image --json
  echo '{"image": "…@sha256:…", "exceptions": []}' | ghcr image scan --input - --json

Exit codes: 0 it may be tagged; 1 it wasn't scanned, or can't be read; 2 wrong usage; 3 vulnerabilities block it.`;
