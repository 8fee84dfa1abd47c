/**
 * The shape of a fleet's declarations, checked at run time too: a stack is transpiled without a type check, and
 * a misspelt option must not be ignored. The types of `declaration.ts` are the documentation of each field.
 */
import { z } from "zod";
import { signings } from "../evidence";
import { requirableKinds } from "../promotion";
import { bypassActorSchema, ownRulesSchema } from "./own-rules";

const visibility = z.enum(["public", "private", "internal"]);
const secretNames = z.array(z.string());
const variables = z.record(z.string(), z.string());
const platforms = z.array(z.enum(["linux/amd64", "linux/arm64"])).min(1);

const retention = z.strictObject({
  keepBuilds: z.int().min(1).optional(),
  pullRequestDays: z.int().min(0).optional(),
  developmentDays: z.int().min(0).optional(),
  untaggedDays: z.int().min(1).optional(),
});

function perEnvironment<T extends z.ZodType>(one: T) {
  return z.union([one, z.record(z.string(), one)]).optional();
}

const promotion = z.strictObject({
  maxScanAge: perEnvironment(z.int().min(1).max(3650)),
  require: perEnvironment(z.array(z.enum(requirableKinds))),
  onRelease: z.union([z.boolean(), z.string()]).optional(),
});

const rules = z.strictObject({
  requiredReviews: z.int().min(0).max(10).optional(),
  codeOwners: z.boolean().optional(),
  upToDate: z.boolean().optional(),
  bypass: z.array(bypassActorSchema).optional(),
});

const baseImageUpdates = z.strictObject({
  by: z.enum(["dependabot", "renovate", "none"]).optional(),
  cooldownDays: z.int().min(0).max(90).optional(),
});

const ids = z.array(z.int().positive());
const patterns = z.array(z.string().min(1));

const reviewers = z
  .strictObject({ users: ids.optional(), teams: ids.optional() })
  .refine(({ users = [], teams = [] }) => users.length + teams.length <= 6, "at most 6 reviewers");

const repository = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  visibility: visibility.optional(),
  topics: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,49}$/, "must be a GitHub topic: a-z, 0-9, -"))
    .optional(),
  homepage: z.url().optional(),
  licenses: z.string().optional(),
  defaultBranch: z.string().min(1).optional(),
  existing: z.boolean().optional(),
  issues: z.boolean().optional(),
  mergeCommits: z.boolean().optional(),
  deleteMergedBranches: z.boolean().optional(),
  actions: z
    .union([
      z.literal("kept"),
      z.strictObject({
        pinned: z.boolean().optional(),
        token: z.enum(["read", "write"]).optional(),
        approvePullRequests: z.boolean().optional(),
      }),
    ])
    .optional(),
  workflows: z.enum(["rendered", "kept"]).optional(),
  baseImageUpdates: baseImageUpdates.optional(),
  codeScanning: z.boolean().optional(),
  rules: rules.optional(),
  ownRules: ownRulesSchema.optional(),
  retentionApprovers: reviewers.optional(),
  overwriteFiles: z
    .array(
      z
        .string()
        .regex(
          /^.+@(absent|[0-9a-f]{7,40})$/,
          "must be <path>@<at least 7 digits of a blob> or <path>@absent",
        ),
    )
    .optional(),
});

const platform = repository.omit({ baseImageUpdates: true }).extend({
  release: z
    .strictObject({
      version: z.string().regex(/^\d+\.\d+\.\d+$/, "must be a version like 1.4.0"),
      commit: z.string().regex(/^[0-9a-f]{40}$/, "must be a full commit, 40 hexadecimal digits"),
      commands: z.record(z.string(), z.string()).optional(),
    })
    .nullish(),
});

const environment = z.strictObject({
  reviewers: reviewers.optional(),
  waitMinutes: z.int().min(0).max(43_200).optional(),
  selfReview: z.boolean().optional(),
  refs: z
    .union([
      z.enum(["protected", "all"]),
      z.strictObject({ branches: patterns.optional(), tags: patterns.optional() }),
    ])
    .optional(),
  adminsBypass: z.boolean().optional(),
  secrets: secretNames.optional(),
  variables: variables.optional(),
});

const exception = z.strictObject({
  id: z.string(),
  scope: z.string(),
  owner: z.string(),
  reason: z.string(),
  until: z.string(),
});

const service = z.strictObject({
  name: z.string(),
  formerNames: z.array(z.string()).optional(),
  description: z.string().optional(),
  licenses: z.string().optional(),
  group: z
    .string()
    .regex(
      /^[a-z0-9]+(-[a-z0-9]+)*$/,
      "must be lower-case letters and digits in parts joined by single hyphens",
    )
    .optional(),
  source: z
    .strictObject({ repository: repository.optional(), path: z.string().min(1).optional() })
    .optional(),
  dockerfile: z.string().min(1).optional(),
  platforms: platforms.optional(),
  runtime: z.enum(["python", "node"]).optional(),
  buildArgs: variables.optional(),
  health: z
    .union([
      z.literal(false),
      z.strictObject({
        path: z.string().startsWith("/", "must begin with /").optional(),
        port: z.int().min(1).max(65_535).optional(),
        env: variables.optional(),
      }),
    ])
    .optional(),
  publish: z.enum(["up", "workflow"]).optional(),
  visibility: visibility.optional(),
  signing: z.enum(signings).optional(),
  exceptions: z.array(exception).optional(),
  staticImage: z.strictObject({ reason: z.string().trim().min(1) }).optional(),
  retention: retention.optional(),
  secrets: secretNames.optional(),
  variables: variables.optional(),
  environments: z
    .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be letters, digits, . _ -"), environment)
    .optional(),
  promotion: promotion.optional(),
});

/** In an environment's name, secrets of Actions can't start with GITHUB_. */
const secretName = z
  .string()
  .regex(
    /^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/,
    "must be upper-case letters, digits and _, and not start with GITHUB_",
  );

const automation = z.strictObject({
  stateUrl: z.url({ protocol: /^(s3|azblob|gs|https)$/, message: "must be an s3, azblob, gs or https URL" }),
  stateSecrets: z.array(secretName).min(1),
  reviewers: environment.shape.reviewers,
  driftSchedule: z
    .string()
    .regex(/^[\d*,/-]+( [\d*,/-]+){4}$/, "must be a cron line of five fields")
    .optional(),
});

export const schema = {
  service,
  automation,
  platform,
  defaults: z.strictObject({
    platforms: platforms.optional(),
    retention: retention.optional(),
    promotion: promotion.optional(),
    rules: rules.optional(),
    baseImageUpdates: baseImageUpdates.optional(),
  }),
} as const;
