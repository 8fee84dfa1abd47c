/** What the flags of `ghcr promote` ask for, parsed once. */
import { parseDigest, type Digest, type Tag } from "../core/names";
import {
  requirableKinds,
  promotionDefaults,
  type RequirableKind,
  type PromotionRules,
  type Wanted,
} from "../core/promotion";
import { environmentTag } from "../core/tags";
import type { GitHubOptions, ImageOptions, PromotedImage } from "./promotion-options";
import { parseRelease } from "./promotion-release";
import { Gathered, UsageError } from "./request";

export interface PromoteOptions extends ImageOptions, GitHubOptions {
  readonly to?: string;
  readonly digest?: string;
  readonly expect?: string;
  readonly reason?: string;
  readonly release?: string;
  readonly wait?: string;
  readonly rollback?: true;
  readonly status?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly by?: string;
  readonly git: string;
  readonly githubEnvironment?: string;
  readonly maxScanAge?: string;
  readonly require?: readonly string[];
  readonly rules?: string;
  readonly scanAgain?: true;
  readonly cosign: string;
  readonly cosignKey?: string;
  readonly certificateIdentity?: string;
  readonly certificateIssuer?: string;
}

export interface PromoteRequest {
  readonly environment: Tag;
  readonly wanted: Wanted;
  /** The version whose image is meant; then `wanted` isn't. */
  readonly release: Tag | undefined;
  /** How long what is on its way is waited for. */
  readonly waitMinutes: number;
  readonly expected: Digest | "none" | undefined;
  readonly reason: string;
  readonly maxScanAgeDays: number;
  readonly required: readonly RequirableKind[];
  /** The environment's name on GitHub. */
  readonly githubName: string | undefined;
}

/** Parsed before anyone is asked, so that a mistake costs nothing. */
export function parsePromotion(
  { reference }: PromotedImage,
  options: PromoteOptions,
  rules: PromotionRules | undefined,
): PromoteRequest {
  const gathered = new Gathered();
  const need = (flag: string, value: string | undefined): string => {
    if (value !== undefined && value.trim() !== "") return value.trim();
    const fix = "see --help for what is needed";
    throw new UsageError({ code: "invalid-input", where: flag, problem: "is missing", fix });
  };
  const environment = gathered.take(() => environmentTag("--to", need("--to", options.to)));
  const reason = gathered.take(() => need("--reason", options.reason));
  const wanted = gathered.take(() => wantedOf(reference.digest, options));
  const release = gathered.take(() => releaseOf(options));
  const waitMinutes = gathered.take(() => minutesOf(options.wait));
  const expected = gathered.take(() =>
    options.expect === undefined || options.expect === "" || options.expect === "none"
      ? options.expect || undefined
      : parseDigest("--expect", options.expect),
  );
  const stage = rules?.environments.find(({ name }) => name === options.to);
  const maxScanAgeDays = gathered.take(() => stage?.maxScanAge ?? daysOf(options.maxScanAge));
  const asked = options.require?.map((each) => gathered.take(() => evidenceOf(each)));
  const required = stage?.require ?? asked ?? promotionDefaults.require;
  return gathered.finish(() => ({
    // Each was taken, or this isn't reached.
    ...{ environment: environment as Tag, reason: reason as string, wanted: wanted as Wanted },
    expected: expected as Digest | "none" | undefined,
    maxScanAgeDays: maxScanAgeDays as number,
    ...{ release, waitMinutes: waitMinutes as number },
    required: required.filter((each) => each !== undefined),
    githubName: stage?.githubName ?? options.githubEnvironment,
  }));
}

function wantedOf(named: Digest | undefined, { digest, rollback }: PromoteOptions): Wanted {
  const given = digest === undefined || digest === "" ? named : parseDigest("--digest", digest);
  if (rollback !== true)
    return given === undefined ? { kind: "stage-before" } : { kind: "digest", digest: given };
  if (given === undefined) return { kind: "rollback" };
  throw new UsageError({
    code: "invalid-input",
    where: "--rollback",
    problem: "the records say where it goes, so no digest can be given with it",
    fix: "leave the digest out, or promote the digest without --rollback",
  });
}

function releaseOf({ release, rollback, digest = "" }: PromoteOptions): Tag | undefined {
  if (release === undefined) return undefined;
  if (rollback !== true && digest === "") return parseRelease("--release", release);
  throw new UsageError({
    code: "invalid-input",
    where: "--release",
    problem: "it says which image is meant, as --digest and --rollback do",
    fix: "give one of the three",
  });
}

function minutesOf(text: string | undefined): number {
  if (text === undefined || /^[0-9]{1,3}$/.test(text)) return Number(text ?? 0);
  throw invalid("--wait", "must be a number of minutes", text, "give 0 to 999");
}

function daysOf(text: string | undefined): number {
  if (text === undefined) return promotionDefaults.maxScanAge;
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text);
  const fix = "give the days that your policy allows, e.g. 7";
  throw invalid("--max-scan-age", "must be a number of days", text, fix);
}

function evidenceOf(text: string): RequirableKind {
  const known = requirableKinds.find((each) => each === text);
  if (known !== undefined) return known;
  const fix = `give some of ${requirableKinds.join(", ")}, with commas between them`;
  throw invalid("--require", "is nothing that can be verified", text, fix);
}

function invalid(where: string, problem: string, got: string, fix: string): UsageError {
  return new UsageError({ code: "invalid-input", where, problem, got, fix });
}
