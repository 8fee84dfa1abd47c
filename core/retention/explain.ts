/** Why one version goes or stays: one sentence, and the path behind it. */
import { PlatformError } from "../errors";
import type { Plan, PlannedVersion, Reason } from "./plan-file";

export interface Explanation {
  readonly version: PlannedVersion;
  readonly sentence: string;
  /** From the version to what decides about it, e.g. `child of sha256:0a1b2c3d4e5f ← tag 1.4.0 ← rule releases`. */
  readonly path: string;
}

/**
 * Explains what a plan does with one version.
 * @param wanted a tag, a digest, or the beginning of a digest that only one has (with or without `sha256:`)
 * @throws PlatformError where no version fits, or several do
 */
export function explain(plan: Plan, wanted: string): Explanation {
  const version = find(plan, wanted);
  const chain = chainTo(plan, version);
  const end = chain.at(-1) as PlannedVersion;
  const verb = verbs[version.action];
  const because =
    end === version
      ? why(version.reason)
      : `${why(version.reason)}${chain.length > 2 ? `, which belongs to ${nameOf(end)}` : ""}, which ${verbs[end.action]} because ${why(end.reason)}`;
  return {
    version,
    sentence: `${nameOf(version)} ${verb} because ${because}${dayText(version)}.`,
    path: [...chain.slice(0, -1).map(({ reason }) => linkText(reason)), ...endText(end)].join(" ← "),
  };
}

const verbs = { keep: "stays", retain: "stays against the policy", delete: "goes" } as const;

function find({ versions, package: { owner, name } }: Plan, wanted: string): PlannedVersion {
  const prefix = /^[0-9a-f]{7,64}$/.test(wanted) ? `sha256:${wanted}` : wanted;
  const byTag = versions.filter(({ tags }) => tags.includes(wanted));
  const byDigest = prefix.length >= 14 ? versions.filter(({ digest }) => digest.startsWith(prefix)) : [];
  const [found, ...others] = byTag.length > 0 ? byTag : byDigest;
  if (found !== undefined && others.length === 0) return found;
  throw new PlatformError({
    code: found === undefined ? "no-such-version" : "ambiguous-version",
    where: `${owner}/${name}`,
    problem:
      found === undefined
        ? "no version has this tag or digest"
        : `${others.length + 1} versions begin like this`,
    got: wanted,
    fix: "give a whole tag, or as much of a digest as only one version has",
  });
}

/** The version, what it was reached from, and so on, up to the one whose reason is its own. */
function chainTo({ versions }: Plan, version: PlannedVersion): PlannedVersion[] {
  const byDigest = new Map(versions.map((each) => [each.digest, each]));
  const chain = [version];
  for (let { reason } = version; reason.kind === "belongs";) {
    const next = byDigest.get(reason.to);
    // Plans that the planner made have no way back and nothing missing; a file may have been edited.
    if (next === undefined || chain.includes(next)) break;
    chain.push(next);
    reason = next.reason;
  }
  return chain;
}

function linkText(reason: Reason): string {
  if (reason.kind !== "belongs") return "";
  const to = shortDigest(reason.to);
  switch (reason.as) {
    case "child":
      return `child of ${to}`;
    case "referrer":
      return `referrer of ${to}`;
    case "fallback-tag":
      return `referrer by its tag of ${to}`;
    case "counted-with":
      return `counted with ${to}`;
  }
}

function endText({ reason, digest }: PlannedVersion): string[] {
  const tag = "tag" in reason && reason.tag !== undefined ? [`tag ${reason.tag}`] : [shortDigest(digest)];
  return "rule" in reason ? [...tag, `rule ${reason.rule}`] : [...tag, reason.kind];
}

/** The reason as a clause. */
export function why(reason: Reason): string {
  switch (reason.kind) {
    case "belongs":
      return `it is ${reason.as === "counted-with" ? "" : "a "}${linkText(reason)}`;
    case "rule":
      return `of rule ${reason.rule}${reason.tag === undefined ? "" : ` on tag ${reason.tag}`}`;
    case "not-yet":
      return `rule ${reason.rule} lets ${reason.tag === undefined ? "it" : `tag ${reason.tag}`} go later`;
    case "no-rule":
      return reason.tag === undefined ? "no rule lets it go" : `no rule lets tag ${reason.tag} go`;
    case "unknown-class":
      return `tag ${reason.tag} is of no known class`;
    case "moving-tag":
      return `moving tag ${reason.tag} stands without a version of its line`;
    case "pull-request":
      return reason.state === "open"
        ? `the pull request of tag ${reason.tag} is open`
        : `nothing is known of the pull request of tag ${reason.tag}`;
    case "environment":
      return `environment ${reason.tag} runs it`;
    case "rollback":
      return reason.place === 0
        ? `environment ${reason.environment} ran it last, by its promotion records`
        : `environment ${reason.environment} can go back to it (number ${reason.place} of its last images)`;
    case "in-use":
      return `${reason.by} uses it`;
    case "only-signatures":
      return "the package holds signatures alone, so their images may be in another one";
    case "fresh":
      return "it is fresh";
    case "cyclic":
      return "it stands on a circle of references, so nothing can go first";
    case "unreadable":
      return `its manifest could not be read (${reason.why})`;
    case "held":
      return `nothing of this package may go: ${reason.why}`;
    case "last":
      return `it is the last ${reason.what} of the package`;
    case "downloads":
      return `GitHub doesn't delete public versions with more than 5,000 downloads, and it has ${reason.downloads}`;
  }
}

function dayText({ action, expires }: PlannedVersion): string {
  if (action === "delete" || expires === null) return "";
  return `; it may go from ${expires}`;
}

function nameOf({ digest, tags }: PlannedVersion): string {
  return tags.length === 0 ? shortDigest(digest) : `${shortDigest(digest)} (${tags.join(", ")})`;
}

/** Twelve digits, as container tools show them. */
function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(":") + 13);
}
