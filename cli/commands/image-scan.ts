import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { z } from "zod";
import { readServedImage } from "../../clients/images";
import { layoutOf, readLayoutImage } from "../../clients/oci-layout";
import { withTrivy, type Trivy } from "../../clients/trivy";
import { PlatformError, formatFault } from "../../core/errors";
import { imagePlatforms, type ImagePlatform, type ServedImage } from "../../core/images";
import { formatImageReference, parsePlatform, type Digest, type Platform } from "../../core/names";
import {
  defaultDatabase,
  exceptionFaults,
  exceptionNotices,
  gateResultOf,
  judge,
  renderIgnoreFile,
  type Exception,
  type ExceptionNotice,
  type GateResult,
  type PlatformVerdict,
} from "../../core/scan";
import { Ended } from "../exit";
import type { Io } from "../io";
import { readJsonFile, writeFileWhole } from "../json-file";
import { found, parsePinned, registryOf } from "../registry-access";
import { Gathered, list, readRequest, UsageError, withRequestOptions, type Request } from "../request";
import { blockFaults, noticeText, resultLines, resultMarkdown } from "../scan-text";

const request = z.strictObject({
  image: z.string().optional(),
  inputLayout: z.string().optional(),
  platforms: z.array(z.string()).min(1).optional(),
  database: z.string().min(1).optional(),
  exceptions: z
    .array(
      z.strictObject({
        id: z.string(),
        scope: z.string(),
        owner: z.string(),
        reason: z.string(),
        until: z.string(),
      }),
    )
    .default([]),
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
    .option("--reports <folder>", "where each platform's JSON and SARIF report and the result are put")
    .option("--summary <file>", "file that the result is appended to as Markdown, e.g. a job's summary")
    .option("--break-glass", "let a blocked image through; recorded in the result")
    .option("--reason <text>", "why the glass is broken");
  return withRequestOptions(command)
    .addHelpText("after", help)
    .action(async ({ input, json, exceptions: file, ...flags }: Options) => {
      const exceptions = file === undefined ? undefined : readJsonFile("--exceptions", file);
      const asked = parse(await readRequest(io, request, input, { ...flags, exceptions }), io);
      const image = await open(asked, io);
      const scan = await scanAll(asked, image, io);
      const { result, verdicts, notices } = scan;
      const faults = blockFaults(verdicts, result.scanner.database);
      writeReports(asked, scan);
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

interface Asked {
  readonly target: { readonly reference: ReturnType<typeof parsePinned> } | { readonly layout: string };
  /** Undefined: all. */
  readonly platforms: readonly Platform[] | undefined;
  readonly database: string;
  readonly exceptions: readonly Exception[];
  readonly staticImage: string | undefined;
  readonly reports: string | undefined;
  readonly summary: string | undefined;
  readonly breakGlass: GateResult["breakGlass"];
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
  const reference = image === undefined ? undefined : gathered.take(() => parsePinned(where("image"), image));
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

/** The image to scan, with what each platform's report is held against. */
interface Opened {
  /** As it is shown. */
  readonly name: string;
  /** Without its digest. */
  readonly repository: string;
  readonly digest: Digest;
  readonly served: ServedImage;
  readonly platforms: readonly ImagePlatform[];
}

async function open({ target, platforms: wanted }: Asked, io: Io): Promise<Opened> {
  const [name, repository, served] =
    "layout" in target
      ? [target.layout, target.layout, readLayoutImage(target.layout)]
      : await openRemote(target.reference, io);
  const { platforms, faults } = imagePlatforms(name, served);
  const missing = (wanted ?? []).filter((one) => !platforms.some(({ platform }) => platform === one));
  const all = [
    ...faults,
    ...missing.map((platform) => ({
      code: "platform-missing",
      where: name,
      problem: `it holds ${platforms.map((each) => each.platform).join(", ")}`,
      got: platform,
      fix: "ask for a platform that it holds",
    })),
  ];
  if (all.length > 0) throw new PlatformError(all);
  return {
    name,
    repository,
    served,
    digest: served.index.digest,
    platforms: platforms.filter(({ platform }) => wanted === undefined || wanted.includes(platform)),
  };
}

async function openRemote(
  reference: ReturnType<typeof parsePinned>,
  io: Io,
): Promise<[name: string, repository: string, served: ServedImage]> {
  const name = formatImageReference(reference);
  const registry = registryOf(reference, io);
  const served = await found(name, readServedImage(registry, reference.repository, reference.digest));
  return [name, `${reference.registry}/${reference.repository}`, served];
}

interface Scanned {
  readonly result: GateResult;
  readonly verdicts: readonly PlatformVerdict[];
  readonly notices: readonly ExceptionNotice[];
  /** By platform. */
  readonly reports: ReadonlyMap<Platform, { readonly json: unknown; readonly sarif: string | undefined }>;
}

async function scanAll(asked: Asked, image: Opened, io: Io): Promise<Scanned> {
  const now = new Date();
  const { target, exceptions, staticImage, breakGlass, database } = asked;
  const layouts = mkdtempSync(join(tmpdir(), "ghcr-layout-"));
  try {
    const options = {
      database,
      ignoreFile: renderIgnoreFile(exceptions, now),
      registry: "layout" in target ? undefined : target.reference.registry,
      environment: io.environment,
    };
    return await withTrivy(options, async (trivy) => {
      const verdicts: PlatformVerdict[] = [];
      const reports: [Platform, { json: unknown; sarif: string | undefined }][] = [];
      for (const each of image.platforms) {
        const source =
          "layout" in target
            ? { layout: singleLayout(target.layout, image, each, layouts) }
            : { reference: image.name };
        const outcome = await trivy.scan(source, each.platform);
        verdicts.push(judge({ ...each, exceptions, staticImage }, outcome, now));
        reports.push([
          each.platform,
          { json: outcome.report, sarif: await sarif(asked, trivy, outcome.report) },
        ]);
      }
      const { version, database: from } = trivy;
      const facts = { image: image.repository, digest: image.digest, now, staticImage, breakGlass };
      const scanner = { name: "trivy", version, database: from };
      const used = verdicts.flatMap((verdict) => verdict.used);
      return {
        result: gateResultOf({ ...facts, scanner }, verdicts),
        verdicts,
        notices: exceptionNotices(exceptions, used, now),
        reports: new Map(reports),
      };
    });
  } finally {
    rmSync(layouts, { recursive: true, force: true });
  }
}

function singleLayout(folder: string, { served }: Opened, { platform, digest }: ImagePlatform, into: string) {
  const manifest = served.index.digest === digest ? served.index : served.manifests.get(digest);
  if (manifest === undefined) throw new Error(`${digest} was read from the layout and is gone`);
  return layoutOf(folder, manifest, join(into, slug(platform)));
}

async function sarif({ reports }: Asked, trivy: Trivy, report: unknown): Promise<string | undefined> {
  return reports === undefined || report === undefined ? undefined : trivy.sarif(report);
}

function writeReports({ reports: folder }: Asked, { result, reports }: Scanned): void {
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const [platform, { json, sarif: text }] of reports) {
    if (json !== undefined) writeFileWhole(join(folder, `${slug(platform)}.json`), JSON.stringify(json));
    if (text !== undefined) writeFileWhole(join(folder, `${slug(platform)}.sarif`), text);
  }
  // Named after what it is of: results of single platforms may come to lie in one folder.
  const scope = result.platforms.map(({ platform }) => slug(platform)).join("+");
  writeFileWhole(join(folder, `gate-result.${scope}.json`), JSON.stringify(result));
}

function slug(platform: string): string {
  return platform.replaceAll("/", "-");
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
