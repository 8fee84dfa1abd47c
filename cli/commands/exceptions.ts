import { Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { keepComment } from "../../clients/marked-issue";
import { PlatformError } from "../../core/errors";
import { endingExceptions, exceptionFaults, exceptionsComment, exceptionsMark } from "../../core/scan";
import { keptText, requireGitHub, withGitHubTextOptions, type GitHubTextOptions } from "../github-text";
import type { Io } from "../io";
import { Gathered, readRequest, withRequestOptions } from "../request";
import { exceptionsSchema } from "../exceptions-schema";

const request = z.strictObject({
  services: z.array(z.strictObject({ name: z.string(), exceptions: exceptionsSchema })),
});

interface Options extends GitHubTextOptions {
  readonly pullRequest: number;
  readonly input?: string;
  readonly json?: true;
  readonly dryRun?: true;
}

/** `ghcr exceptions`: keeps the one comment of a pull request that names exceptions which end. */
export function exceptionsCommand(io: Io): Command {
  const command = new Command("exceptions")
    .description(
      "Say in one comment of a pull request which exceptions of the vulnerability gate end within 14 days or have ended.",
    )
    .requiredOption("--pull-request <number>", "its number", numberOf)
    .option("--dry-run", "print the comment, and write nothing");
  return withGitHubTextOptions(withRequestOptions(command))
    .addHelpText("after", help)
    .action(async ({ input, json, dryRun, pullRequest: number, repository, githubUrl, author }: Options) => {
      const { values } = await readRequest(io, request, input, {});
      refuse(values.services);
      const calls = dryRun === true ? undefined : requireGitHub(io, githubUrl, "pull-requests: write");
      const ending = endingExceptions(values.services, new Date());
      const body = exceptionsComment(ending);
      const kept =
        calls && (await keepComment(calls, { repository, author, mark: exceptionsMark, number, body }));
      if (json === true) {
        const comment = kept === undefined ? null : { did: kept.did, url: kept.url ?? null };
        io.print(JSON.stringify({ ending, comment }));
      } else if (kept === undefined) io.print(body ?? "no exception ends within 14 days");
      if (kept !== undefined) io.complain(keptText("comment", kept));
    });
}

/** @throws UsageError with what is wrong with any ledger */
function refuse(services: z.infer<typeof request>["services"]): void {
  const gathered = new Gathered();
  for (const { name, exceptions } of services) {
    gathered.take(() => {
      const faults = exceptionFaults(`${name}: exceptions`, exceptions);
      if (faults.length > 0) throw new PlatformError(faults);
    });
  }
  gathered.finish(() => undefined);
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a pull request's number.");
}

const help = `
The comment is found again on whatever page it stands, written anew where what it says has changed, and removed where no
exception ends any more. The token is read from GITHUB_TOKEN (pull-requests: write).

Example:
  echo '{"services": [{"name": "todost", "exceptions": [{"id": "CVE-2024-45490", "scope": "pkg:deb/debian/libexpat1",
    "owner": "@acme/web", "reason": "every document is our own", "until": "2027-01-31"}]}]}' |
    ghcr exceptions --repository acme/todost --pull-request 12 --input - --dry-run

Exit codes: 0 done; 1 an error; 2 wrong usage.`;
