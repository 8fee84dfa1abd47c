import { userInfo } from "node:os";
import { Command, Option } from "commander";
import { endDeployment, startDeployment } from "../../clients/deployments";
import { readCommitsBetween } from "../../clients/changes";
import { readGateEvidence } from "../../clients/gate-results";
import { readImageSource } from "../../clients/images";
import { moveEnvironment, type Moved } from "../../clients/promotion";
import { readHistory } from "../../clients/promotion-records";
import { cosignVerifier, requireVerified, verifiable } from "../../clients/verification";
import { PlatformError } from "../../core/errors";
import { formatImageReference, type Digest } from "../../core/names";
import {
  decidePromotion,
  refusalFault,
  stageBefore,
  type CommitsBetween,
  type EnvironmentHistory,
  type GateEvidence,
  type PromotionDecision,
  type Wanted,
} from "../../core/promotion";
import type { Io } from "../io";
import {
  promotedImage,
  toldRepository,
  withGitHubOptions,
  withImageOptions,
  type PromotedImage,
} from "../promotion-options";
import { parsePromotion, type PromoteOptions, type PromoteRequest } from "../promotion-request";
import { readStatus, statusLines } from "../promotion-status";
import { requireManifest } from "../registry-access";
import { list } from "../request";
import { shortDigest } from "../text-table";

/** `ghcr promote`: moves an environment's tag to a digest that is there. Never builds. */
export function promoteCommand(io: Io): Command {
  const command = new Command("promote")
    .description("Move an environment to an image that passed the stage before. Nothing is built.")
    .argument("<service|image>", "a service's name, or <registry>/<owner>/<service>[@sha256:…]")
    .option("--to <environment>", "the environment that moves")
    .option("--digest <digest>", "where to (default: what the stage before runs)")
    .option("--expect <digest>", "what is replaced, or none; anything else there is left alone")
    .option("--reason <text>", "why, for the record")
    .option("--rollback", "back to what the environment ran before, by its records")
    .option("--status", "show what each environment runs, and change nothing")
    .option("--dry-run", "say what would be done, and change nothing")
    .option("--max-scan-age <days>", "how many days a scan counts", "7")
    .option("--require <list>", `what has to be verified: ${verifiable.join(", ")}`, list, [])
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
      const image = promotedImage(io, text, options);
      if (options.status === true) {
        const lines = statusLines(image, await readStatus(image), options.json === true);
        return lines.forEach((line) => io.print(line));
      }
      await promote(io, image, options, parsePromotion(image, options));
    });
}

async function promote(
  io: Io,
  image: PromotedImage,
  options: PromoteOptions,
  request: PromoteRequest,
): Promise<void> {
  const { stages, registry, reader, reference } = image;
  const { environment, wanted, required } = request;
  const { repository } = reference;
  const name = formatImageReference({ name: reference.name });
  const told = options.dryRun === true ? undefined : toldRepository(io, options);
  const histories = new Map<string, EnvironmentHistory>();
  for (const stage of stages) histories.set(stage, await readHistory(reader, stage));
  const evidence = await evidenceOf(io, image, wanted, histories.get(stageBefore(stages, environment) ?? ""));
  const decision = decidePromotion({
    ...{ stages, environment, histories, wanted, expected: request.expected, evidence },
    ...{ now: new Date(), policy: { maxScanAgeDays: request.maxScanAgeDays } },
  });
  if (decision.action === "refuse") throw new PlatformError(refusalFault(`${name}:${environment}`, decision));
  const manifest = await requireManifest(registry, repository, decision.to);
  await requireVerified(
    cosignVerifier(
      {
        key: options.cosignKey,
        identity: options.certificateIdentity,
        issuer: options.certificateIssuer,
      },
      options.cosign,
    ),
    required,
    `${name}@${decision.to}`,
  );
  const outcome = { image: name, environment, ...decision };
  if (decision.action === "nothing" || options.dryRun === true) {
    return print(io, options, {
      ...outcome,
      action: decision.action === "nothing" ? "nothing" : "would-move",
    });
  }
  if (evidence(decision.to)?.verdict === "forced")
    io.complain(
      `${decision.to} was blocked by the gate and let through by hand: its gate result says by whom`,
    );
  const commits = await commitsOf(image, options.git, decision);
  const ref = await revisionOf(image, decision.to, io);
  const deployment =
    told === undefined ? undefined : await deploy(io, told, ref, image, options, request, decision);
  const facts = {
    ...{ kind: wanted.kind === "rollback" ? ("rollback" as const) : ("promotion" as const), stages },
    ...{ expected: request.expected ?? null, by: options.by ?? userInfo().username, why: request.reason },
    ...{ at: new Date().toISOString(), commits, deployment: deployment?.record ?? null },
  };
  let moved: Moved;
  try {
    const history = histories.get(environment) as EnvironmentHistory;
    moved = await moveEnvironment({ registry, repository, environment, history, image: manifest, facts });
  } catch (error) {
    await deployment?.end("failure", error instanceof PlatformError ? error.code : "it failed");
    throw error;
  }
  await deployment?.end("success", request.reason);
  print(io, options, { ...outcome, action: "moved", record: moved.id, deployment: facts.deployment });
}

/** What the gate said of the image that is asked for. */
async function evidenceOf(
  io: Io,
  { registry, reference }: PromotedImage,
  wanted: Wanted,
  before: EnvironmentHistory | undefined,
): Promise<(digest: Digest) => GateEvidence | undefined> {
  const digest =
    wanted.kind === "digest" ? wanted.digest : wanted.kind === "stage-before" ? before?.current : undefined;
  if (digest === undefined || digest === null) return () => undefined;
  const notice = (sentence: string) => io.complain(sentence);
  const found = await readGateEvidence(registry, reference.repository, reference.name, digest, notice);
  return (asked) => (asked === digest ? found : undefined);
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
  options: PromoteOptions,
  { environment, reason }: PromoteRequest,
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
    ...{ repository, ref, environment: options.githubEnvironment ?? environment, description: reason },
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
that doesn't run what it is expected to: by its records, or by --expect. The move is recorded with the image
(docs/promotion.md), and as a deployment of --repository. Asked for again it changes nothing; --rollback goes back
one more each time, unless --expect names what it is to replace.

Examples:
  ghcr promote ghcr.io/albeorla/todost --environments staging,production --to staging --digest sha256:… --reason "week 48"
  ghcr promote todost --owner albeorla --environments staging,production --to production --reason "week 48"
  ghcr promote todost --owner albeorla --environments staging,production --to production --rollback --reason "slow"
  ghcr promote todost --owner albeorla --environments staging,production --status

Exit codes: 0 moved, or nothing to do; 1 refused, or others moved it meanwhile; 2 wrong usage.`;
