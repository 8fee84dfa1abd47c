import { userInfo } from "node:os";
import { Command, Option } from "commander";
import { endDeployment, startDeployment } from "../../clients/deployments";
import { readCommitsBetween } from "../../clients/changes";
import { readImageSource } from "../../clients/images";
import { moveEnvironment, type Moved } from "../../clients/promotion";
import { cosignVerifier } from "../../clients/verification";
import { PlatformError } from "../../core/errors";
import { formatImageReference, type Digest } from "../../core/names";
import {
  requirableKinds,
  promotionDefaults,
  type CommitsBetween,
  type PromotionDecision,
  type PromotionRules,
} from "../../core/promotion";
import type { Io } from "../io";
import {
  promotedImage,
  toldRepository,
  withGitHubOptions,
  withImageOptions,
  type PromotedImage,
} from "../promotion-options";
import { decide } from "../promotion-decision";
import { waitingFor } from "../promotion-release";
import { readRules } from "../promotion-rules";
import { parsePromotion, type PromoteOptions, type PromoteRequest } from "../promotion-request";
import { readStatus, statusLines } from "../promotion-status";
import { list } from "../request";
import { shortDigest } from "../text-table";

/** `ghcr promote`: moves an environment's tag to a digest that is there. Never builds. */
export function promoteCommand(io: Io): Command {
  const command = new Command("promote")
    .description("Move an environment to an image that passed the stage before. Nothing is built.")
    .argument("<service|image>", "a service's name, or <registry>/<owner>/<service>[@sha256:…]")
    .option("--to <environment>", "the environment that moves")
    .option("--digest <digest>", "where to (default: what the stage before runs)")
    .option(
      "--release <tag>",
      "where to: the image of this release, v1.2.3; never back from a higher version",
    )
    .option("--wait <minutes>", "how long that image and what is attached to it are waited for (default: 0)")
    .option("--expect <digest>", "what is replaced, or none; anything else there is left alone")
    .option("--reason <text>", "why, for the record")
    .option("--rollback", "back to what the environment ran before, by its records")
    .option("--status", "show what each environment runs, and change nothing")
    .option("--dry-run", "say what would be done, and change nothing")
    .option("--max-scan-age <days>", `how many days a scan counts (default: ${promotionDefaults.maxScanAge})`)
    .option(
      "--require <list>",
      `what has to be verified: ${requirableKinds.join(", ")} (default: none)`,
      list,
    )
    .option(
      "--rules <file>",
      "JSON of what the service declares instead of these three, - for standard input",
    )
    .option("--scan-again", "scan an image whose scan counts no more, instead of refusing it")
    .option("--cosign <program>", "what verifies signatures", "cosign")
    .option("--cosign-key <file>", "public key of who signs")
    .option("--certificate-identity <regexp>", "who signs, by their certificate")
    .option("--certificate-issuer <url>", "who vouches for that identity")
    .addOption(
      new Option("--by <name>", "who moves it, for the record").env("GITHUB_ACTOR").default(undefined, "you"),
    )
    .option("--git <folder>", "checkout that knows the commits between", ".")
    .option("--github-environment <name>", "the environment's name on GitHub (default: as --to)")
    .option("--json", "print the result as one line of JSON");
  return withGitHubOptions(withImageOptions(command))
    .addHelpText("after", help)
    .action(async (text: string, options: PromoteOptions) => {
      const rules = await readRules(io, options);
      const image = promotedImage(io, text, options, rules);
      if (options.status === true) {
        const lines = statusLines(image, await readStatus(image), options.json === true);
        return lines.forEach((line) => io.print(line));
      }
      await promote(io, image, options, parsePromotion(image, options, rules), rules?.scan ?? {});
    });
}

async function promote(
  io: Io,
  image: PromotedImage,
  options: PromoteOptions,
  request: PromoteRequest,
  scanRules: PromotionRules["scan"],
): Promise<void> {
  const { stages, registry, reference } = image;
  const { environment, wanted } = request;
  const { repository } = reference;
  const dry = options.dryRun === true;
  const told = dry ? undefined : toldRepository(io, options);
  const { cosignKey: key, certificateIdentity: identity, certificateIssuer: issuer } = options;
  const looking = {
    verifier: cosignVerifier({ key, identity, issuer }, options.cosign, io.environment),
    again: options.scanAgain === true ? { rules: scanRules, keep: !dry } : undefined,
  };
  const { decision, manifest, history, forced } = await waitingFor(io, request.waitMinutes, () =>
    decide(io, image, request, looking),
  );
  const outcome = { image: formatImageReference({ name: reference.name }), environment, ...decision };
  if (decision.action === "nothing") return print(io, options, { ...outcome, action: "nothing" });
  if (dry) return print(io, options, { ...outcome, action: "would-move" });
  if (forced) {
    io.complain(
      `${decision.to} was blocked by the gate and let through by hand: its gate result says by whom`,
    );
  }
  const commits = await commitsOf(image, options.git, decision);
  const ref = await revisionOf(image, decision.to, io);
  const deployment = told === undefined ? undefined : await deploy(io, told, ref, image, request, decision);
  const facts = {
    ...{ kind: wanted.kind === "rollback" ? ("rollback" as const) : ("promotion" as const), stages },
    ...{ expected: request.expected ?? null, by: options.by ?? userInfo().username, why: request.reason },
    ...{ at: new Date().toISOString(), commits, deployment: deployment?.record ?? null },
  };
  let moved: Moved;
  try {
    moved = await moveEnvironment({ registry, repository, environment, history, image: manifest, facts });
  } catch (error) {
    await deployment?.end("failure", error instanceof PlatformError ? error.code : "it failed");
    throw error;
  }
  await deployment?.end("success", request.reason);
  print(io, options, { ...outcome, action: "moved", record: moved.id, deployment: facts.deployment });
}

type MoveOf = Extract<PromotionDecision, { readonly action: "move" }>;

/** What lies between the images, where both say their commits and the checkout knows them. */
async function commitsOf(
  { registry, reference }: PromotedImage,
  git: string,
  { from, to }: MoveOf,
): Promise<CommitsBetween | null> {
  if (from === null) return null;
  const sources = [from, to].map((digest) => readImageSource(registry, reference.repository, digest));
  const [old, next] = (await Promise.all(sources)).map(({ revision }) => revision?.slice(0, 40));
  if (old === undefined || next === undefined) return null;
  return readCommitsBetween(git, old, next) ?? null;
}

/** The image's commit, else the one that the workflow runs for. */
async function revisionOf(
  { registry, reference }: PromotedImage,
  to: Digest,
  io: Io,
): Promise<string | undefined> {
  const { revision } = await readImageSource(registry, reference.repository, to);
  const commit = revision?.slice(0, 40) ?? "";
  return /^[0-9a-f]{40}$/.test(commit) ? commit : io.environment["GITHUB_SHA"];
}

async function deploy(
  io: Io,
  { calls, repository }: NonNullable<ReturnType<typeof toldRepository>>,
  ref: string | undefined,
  { stages, reference }: PromotedImage,
  { environment, reason, githubName = environment }: PromoteRequest,
  { from, to }: MoveOf,
) {
  if (ref === undefined) {
    throw new PlatformError({
      code: "no-commit",
      where: `${reference.name}@${to}`,
      problem: "the image doesn't say its commit, and a deployment on GitHub is of one",
      fix: "set GITHUB_SHA to a commit of the repository, or leave --repository (GITHUB_REPOSITORY) out",
    });
  }
  const id = await startDeployment(calls, {
    ...{ repository, ref, environment: githubName, description: reason },
    payload: { image: reference.name, environment, from, to },
    production: environment === stages.at(-1),
  });
  return {
    record: { repository, id },
    // The move is done or it isn't: what GitHub is told of it afterwards changes neither.
    end: (state: "success" | "failure", description: string) =>
      endDeployment(calls, { repository, id }, state, description).catch((error: unknown) =>
        io.complain(`deployment ${id} stays in progress on GitHub: ${String(error)}`),
      ),
  };
}

interface Outcome {
  readonly image: string;
  readonly environment: string;
  readonly action: "moved" | "would-move" | "nothing";
  readonly to: Digest;
  readonly from?: Digest | null;
  readonly reason: string;
  readonly record?: Digest;
  readonly deployment?: { readonly repository: string; readonly id: number } | null;
}

function print(io: Io, { json }: PromoteOptions, outcome: Outcome): void {
  if (json === true) return io.print(JSON.stringify(outcome));
  const { image, environment, action, to, from, reason, record } = outcome;
  const before = from === undefined || from === null ? "nothing" : shortDigest(from);
  const words = { moved: "moved", "would-move": "would move", nothing: "stays" }[action];
  const way = action === "nothing" ? `at ${shortDigest(to)}` : `from ${before} to ${shortDigest(to)}`;
  io.print(`${image}:${environment} ${words} ${way}: ${reason}`);
  if (record !== undefined) io.print(`  ${image}@${to}\n  recorded in ${record}`);
}

const help = `
The environment's tag (its name) is pointed at the digest: one image in every environment, byte for byte. Refused are a
digest that the stage before hasn't run, that no gate result vouches for or whose scan is too old, and an environment
that doesn't run what it is expected to: by its records, or by --expect. --rules has the order of environments, what
each requires, and how an image is scanned again, as the service declares them (promotion in its service.ts). The move is recorded with the image
(docs/promotion.md), and as a deployment of --repository. Asked for again it changes nothing; --rollback goes back
one more each time, unless --expect names what it is to replace.

Examples:
  ghcr promote ghcr.io/albeorla/todost --environments staging,production --to staging --digest sha256:… --reason "week 48"
  ghcr promote todost --owner albeorla --environments staging,production --to production --reason "week 48"
  ghcr promote todost --owner albeorla --environments staging,production --to production --rollback --reason "slow"
  ghcr promote todost --owner albeorla --environments staging,production --status
  pulumi stack output services --json | jq .todost.promotion |
    ghcr promote todost --owner albeorla --rules - --scan-again --to staging --digest sha256:… --reason "week 48"

Exit codes: 0 moved, or nothing to do; 1 refused, or others moved it meanwhile; 2 wrong usage.`;
