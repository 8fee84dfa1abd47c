import { Command } from "commander";
import { z } from "zod";
import { keepIssue, type Kept } from "../../clients/marked-issue";
import { PlatformError } from "../../core/errors";
import { imageName, parseImageReference, parseTag } from "../../core/names";
import { rescanIssue, rescanMark, standingOf } from "../../core/rescan";
import { defaultDatabase, endingExceptions, exceptionFaults, type EndingException } from "../../core/scan";
import { environmentTag } from "../../core/tags";
import { Ended } from "../exit";
import { keptText, requireGitHub, withGitHubTextOptions, type GitHubTextOptions } from "../github-text";
import type { Io } from "../io";
import { Gathered, list, readRequest, withRequestOptions, type Request } from "../request";
import { rescan, type RescannedImage, type RunningService } from "../rescan-run";
import { exceptionsSchema } from "../exceptions-schema";
import { shortDigest, textTable } from "../text-table";

const environments = z.array(z.string()).default([]);
const request = z.strictObject({
  owner: z.string(),
  registry: z.string().default("ghcr.io"),
  services: z
    .array(
      z.union([
        z.string(),
        z.strictObject({
          name: z.string(),
          environments: environments.optional(),
          exceptions: exceptionsSchema,
          staticImage: z.string().min(1).optional(),
        }),
      ]),
    )
    .min(1),
  environments,
  database: z.string().min(1).optional(),
});

interface Options extends GitHubTextOptions {
  readonly owner?: string;
  readonly registry?: string;
  readonly services?: readonly string[];
  readonly environments?: readonly string[];
  readonly database?: string;
  readonly input?: string;
  readonly json?: true;
  readonly dryRun?: true;
  readonly detailedExitcode?: true;
}

/** `ghcr rescan`: what runs, scanned again, and one issue of what was found. */
export function rescanCommand(io: Io): Command {
  const command = new Command("rescan")
    .description(
      "Scan again what environments run, and keep one issue open while any of it would be blocked or was not scanned, or an exception ends.",
    )
    .option("--services <list>", "names of the services, with commas", list)
    .option(
      "--environments <list>",
      "those that are looked at, with commas (default: none, so the tag latest)",
      list,
    )
    .option("--owner <login>", "owner of the services' images")
    .option("--registry <host>", "registry of the images (default: ghcr.io)")
    .option(
      "--database <references>",
      "vulnerability database, the first that answers (default: Trivy's own)",
    )
    .option("--dry-run", "print the issue, and write nothing")
    .option("--detailed-exitcode", "end with 2 where there is something to tell");
  return withGitHubTextOptions(withRequestOptions(command))
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const { input, json, dryRun, detailedExitcode, repository, githubUrl, author, ...flags } = options;
      const asked = parse(await readRequest(io, request, input, flags), io);
      // Before the scans, which take minutes.
      const calls = dryRun === true ? undefined : requireGitHub(io, githubUrl, "issues: write");
      const results = await rescan(io, asked.services, asked.database);
      // What is over is told by the scan, where it still finds it.
      const ending = endingExceptions(asked.services, new Date()).filter(({ ended }) => !ended);
      const wanted = rescanIssue(results, ending);
      const kept =
        calls === undefined
          ? undefined
          : await keepIssue(calls, { repository, author, mark: rescanMark, wanted });
      if (json === true) io.print(jsonLine(results, ending, kept));
      else for (const line of table(results)) io.print(line);
      if (kept !== undefined) io.complain(keptText("issue", kept));
      else if (json !== true)
        io.print(wanted === undefined ? "\nno issue" : `\n${wanted.title}\n\n${wanted.body}`);
      if (detailedExitcode === true && wanted !== undefined) throw new Ended(2);
    });
}

interface Asked {
  readonly services: readonly RunningService[];
  readonly database: string;
}

function parse({ values, where }: Request<z.infer<typeof request>>, io: Io): Asked {
  const { owner, registry } = values;
  const gathered = new Gathered();
  const services = values.services.map((given) => {
    const service = typeof given === "string" ? { name: given, exceptions: [] } : given;
    const named = service.environments ?? values.environments;
    const reference = gathered.take(() =>
      parseImageReference(where("services"), imageName({ registry, owner, service: service.name })),
    );
    const tags = named.map((each) => gathered.take(() => environmentTag(where("environments"), each)));
    gathered.take(() => {
      const faults = exceptionFaults(`${service.name}: exceptions`, service.exceptions);
      if (faults.length > 0) throw new PlatformError(faults);
    });
    return { service, reference, tags: named.length === 0 ? [parseTag("latest", "latest")] : tags };
  });
  return gathered.finish(() => ({
    services: services.flatMap(({ service, reference: image, tags }) =>
      image === undefined
        ? []
        : [
            {
              name: service.name,
              ...{ image, tags: tags.filter((tag) => tag !== undefined) },
              exceptions: service.exceptions,
              staticImage: "staticImage" in service ? service.staticImage : undefined,
            },
          ],
    ),
    database: values.database ?? io.environment["GHCR_VULNERABILITY_DATABASE"] ?? defaultDatabase,
  }));
}

function table(results: readonly RescannedImage[]): string[] {
  const rows = results.map((result) => {
    const { service, tags, state } = result;
    const digest = state.kind === "scanned" ? shortDigest(state.digest) : "";
    return [service, tags.join(", "), digest, stateText(result)];
  });
  return textTable([["service", "runs as", "digest", ""], ...rows]);
}

function stateText(result: RescannedImage): string {
  if (result.state.kind === "nothing") return "nothing runs";
  const { findings, unscanned } = standingOf(result);
  const said = [
    ...unscanned.map((reason) => `not scanned: ${reason}`),
    ...(findings.length === 0
      ? []
      : [`${findings.length} found: ${[...new Set(findings.map(({ id }) => id))].join(", ")}`]),
  ];
  return said.length === 0 ? "passes" : said.join("; ");
}

function jsonLine(
  results: readonly RescannedImage[],
  ending: readonly EndingException[],
  kept: Kept | undefined,
): string {
  const ok = rescanIssue(results, ending) === undefined;
  const images = results.map((each) => {
    const { service, tags, state, result } = each;
    const digest = state.kind === "scanned" ? state.digest : null;
    return { service, tags, digest, runs: state.kind !== "nothing", ...standingOf(each), result };
  });
  const issue = kept === undefined ? null : { did: kept.did, url: kept.url ?? null };
  return JSON.stringify({ ok, images, ending, issue });
}

const help = `
An environment runs what the tag of its name points at; a service without environments counts as running latest. What
can't be read or scanned is in the issue too, and so is an exception that ends within 14 days. The issue is closed when
all that runs was scanned and passes, and no exception ends.

The token is read from GITHUB_TOKEN (issues: write); the author's other issues are left alone. Trivy must be on PATH;
without it nothing is said of any image. GHCR_VULNERABILITY_DATABASE names the database where --database doesn't.

Examples:
  ghcr rescan --owner albeorla --services todost,hello-python --environments production --dry-run
  echo '{"owner": "albeorla", "services": [{"name": "todost", "environments": ["production"], "exceptions": []}]}' |
    ghcr rescan --input - --json

Exit codes: 0 done, with findings too; 1 an error; 2 wrong usage, or with --detailed-exitcode: there is something to
tell.`;
