/**
 * Rules of a repository as plain data: the platform's own two rulesets, and those that a repository had before it was
 * adopted. Lists are sorted and defaults filled in, so that two that say the same are equal.
 */
import { z } from "zod";
import type {
  BranchRulesDeclaration,
  BypassActor,
  OwnRulesDeclaration,
  ProtectionDeclaration,
  RulesetDeclaration,
} from "./declaration";

/** A check that has to have passed; `app`: only that app may report it. */
export type RequiredCheck = NonNullable<RulesetDeclaration["checks"]>["required"][number];

/** A ruleset with its defaults filled in. */
export interface Ruleset {
  readonly name: string;
  readonly target: "branch" | "tag";
  readonly enforcement: "active" | "disabled" | "evaluate";
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly bypass: readonly (BypassActor & { readonly mode: "always" | "pull_request" })[];
  readonly forbids: NonNullable<RulesetDeclaration["forbids"]>;
  readonly pullRequest: Required<NonNullable<RulesetDeclaration["pullRequest"]>> | undefined;
  readonly checks: Required<NonNullable<RulesetDeclaration["checks"]>> | undefined;
}

/** A rule of classic branch protection with its defaults filled in. */
export interface Protection extends Required<Omit<ProtectionDeclaration, "reviews" | "checks">> {
  readonly reviews: Required<NonNullable<ProtectionDeclaration["reviews"]>> | undefined;
  readonly checks: Required<NonNullable<ProtectionDeclaration["checks"]>> | undefined;
}

export interface OwnRules {
  readonly rulesets: readonly Ruleset[];
  readonly protections: readonly Protection[];
}

/** What the platform puts before the default branch, and before release tags. */
export function platformRulesets(
  rules: Required<BranchRulesDeclaration>,
  checks: readonly RequiredCheck[],
): { readonly defaultBranch: Ruleset; readonly releaseTags: Ruleset } {
  return {
    defaultBranch: resolveRuleset({
      name: "default branch",
      bypass: rules.bypass,
      forbids: ["deletion", "force-push", "merge-commits"],
      pullRequest: {
        requiredReviews: rules.requiredReviews,
        codeOwners: rules.codeOwners,
        dismissStale: true,
        lastPushApproval: rules.requiredReviews > 0,
      },
      ...(checks.length === 0 ? {} : { checks: { upToDate: rules.upToDate, required: checks } }),
    }),
    releaseTags: resolveRuleset({
      ...{ name: "release tags", target: "tag", include: ["refs/tags/v*"], bypass: rules.bypass },
      forbids: ["deletion", "force-push", "update"],
    }),
  };
}

export function resolveOwnRules({ rulesets = [], protections = [] }: OwnRulesDeclaration): OwnRules {
  return { rulesets: rulesets.map(resolveRuleset), protections: protections.map(resolveProtection) };
}

export function resolveRuleset(declared: RulesetDeclaration): Ruleset {
  const { pullRequest, checks } = declared;
  return {
    name: declared.name,
    target: declared.target ?? "branch",
    enforcement: declared.enforcement ?? "active",
    include: declared.include ?? ["~DEFAULT_BRANCH"],
    exclude: declared.exclude ?? [],
    bypass: (declared.bypass ?? []).map((actor) => ({ mode: "always", ...actor })),
    forbids: [...(declared.forbids ?? [])].sort(),
    pullRequest: pullRequest && {
      requiredReviews: pullRequest.requiredReviews ?? 0,
      codeOwners: pullRequest.codeOwners ?? false,
      dismissStale: pullRequest.dismissStale ?? false,
      lastPushApproval: pullRequest.lastPushApproval ?? false,
      conversations: pullRequest.conversations ?? false,
    },
    checks: checks && { upToDate: checks.upToDate ?? false, required: sortedChecks(checks.required) },
  };
}

function resolveProtection(declared: ProtectionDeclaration): Protection {
  const { reviews, checks } = declared;
  return {
    pattern: declared.pattern,
    reviews: reviews && {
      required: reviews.required ?? 1,
      codeOwners: reviews.codeOwners ?? false,
      dismissStale: reviews.dismissStale ?? false,
      lastPushApproval: reviews.lastPushApproval ?? false,
    },
    checks: checks && { upToDate: checks.upToDate ?? false, required: [...checks.required].sort() },
    admins: declared.admins ?? false,
    linearHistory: declared.linearHistory ?? false,
    signatures: declared.signatures ?? false,
    conversations: declared.conversations ?? false,
    forcePushes: declared.forcePushes ?? false,
    deletions: declared.deletions ?? false,
    locked: declared.locked ?? false,
  };
}

function sortedChecks(checks: readonly RequiredCheck[]): readonly RequiredCheck[] {
  return [...checks].sort((one, other) => (one.name < other.name ? -1 : 1));
}

export const bypassActorSchema = z.strictObject({
  type: z.enum(["Integration", "RepositoryRole", "Team", "OrganizationAdmin"]),
  id: z.int().positive(),
});

const patterns = z.array(z.string().min(1)).min(1);
const rulesetSchema = z.strictObject({
  name: z.string().min(1),
  target: z.enum(["branch", "tag"]).optional(),
  enforcement: z.enum(["active", "disabled", "evaluate"]).optional(),
  include: patterns.optional(),
  exclude: z.array(z.string().min(1)).optional(),
  bypass: z
    .array(bypassActorSchema.extend({ mode: z.enum(["always", "pull_request"]).optional() }))
    .optional(),
  forbids: z
    .array(z.enum(["creation", "update", "deletion", "force-push", "merge-commits", "unsigned-commits"]))
    .optional(),
  pullRequest: z
    .strictObject({
      requiredReviews: z.int().min(0).max(10).optional(),
      codeOwners: z.boolean().optional(),
      dismissStale: z.boolean().optional(),
      lastPushApproval: z.boolean().optional(),
      conversations: z.boolean().optional(),
    })
    .optional(),
  checks: z
    .strictObject({
      upToDate: z.boolean().optional(),
      required: z
        .array(z.strictObject({ name: z.string().min(1), app: z.int().positive().optional() }))
        .min(1),
    })
    .optional(),
});

const switches = [
  "admins",
  "linearHistory",
  "signatures",
  "conversations",
  "forcePushes",
  "deletions",
  "locked",
] as const;
const protectionSchema = z.strictObject({
  pattern: z.string().min(1),
  reviews: z
    .strictObject({
      required: z.int().min(0).max(6).optional(),
      codeOwners: z.boolean().optional(),
      dismissStale: z.boolean().optional(),
      lastPushApproval: z.boolean().optional(),
    })
    .optional(),
  checks: z
    .strictObject({ upToDate: z.boolean().optional(), required: z.array(z.string().min(1)) })
    .optional(),
  ...(Object.fromEntries(switches.map((name) => [name, z.boolean().optional()])) as Record<
    (typeof switches)[number],
    z.ZodOptional<z.ZodBoolean>
  >),
});

/** The shape of `ownRules`, checked at run time; a name or pattern may stand once. */
export const ownRulesSchema = z.strictObject({
  rulesets: z
    .array(rulesetSchema)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, "two rulesets have one name")
    .optional(),
  protections: z
    .array(protectionSchema)
    .refine(
      (all) => new Set(all.map(({ pattern }) => pattern)).size === all.length,
      "two rules have one pattern",
    )
    .optional(),
});
