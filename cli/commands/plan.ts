import { Command } from "commander";
import { z } from "zod";
import { changedFiles, commitTime, fileText } from "../../clients/changes";
import { PlatformError } from "../../core/errors";
import { signings } from "../../core/evidence";
import { planRun, type PublishedService, type RunPlan } from "../../core/workflow";
import type { Io } from "../io";
import { readRequest, UsageError } from "../request";

const scanRules = z
  .strictObject({
    exceptions: z.array(
      z.strictObject({
        ...{ id: z.string(), scope: z.string(), owner: z.string(), reason: z.string(), until: z.string() },
      }),
    ),
    staticImage: z.string(),
    database: z.string(),
  })
  .partial();

const services = z
  .array(
    z.strictObject({
      name: z.string(),
      image: z.string(),
      path: z.string(),
      dockerfile: z.string(),
      platforms: z.record(z.string(), z.string()),
      description: z.string().optional(),
      licenses: z.string().optional(),
      health: z
        .union([
          z.literal(false),
          z.strictObject({
            path: z.string().optional(),
            port: z.int().optional(),
            env: z.record(z.string(), z.string()).optional(),
          }),
        ])
        .optional(),
      buildArgs: z.record(z.string(), z.string()).optional(),
      scan: scanRules.optional(),
      signing: z.enum(signings).optional(),
    }),
  )
  .min(1);

/** What `ghcr tags --json` prints for a run that is not refused. */
const decision = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("publish"),
    tags: z.array(z.object({ tag: z.string(), moving: z.boolean() })).min(1),
  }),
  z.object({ kind: z.literal("build-only") }),
]);

const request = z.strictObject({
  event: z.string(),
  ref: z.string(),
  sha: z.string(),
  since: z.string().default(""),
  decision: z.string(),
  services: z.string(),
  source: z.string(),
  vendor: z.string(),
  git: z.string().default("."),
});

/** `ghcr plan`: what a run of `container-publish.yml` builds, as the matrices of its jobs. */
export function planCommand(io: Io): Command {
  return new Command("plan")
    .description(
      "Print what a run of container-publish.yml has to do: which services, built where, tagged how.",
    )
    .option("--event <name>", "GitHub's event")
    .option("--ref <ref>", "full ref, e.g. refs/heads/main")
    .option("--sha <commit>", "the commit that the images are of")
    .option("--since <commit>", "what was built before; services that haven't changed since are left out")
    .option("--decision <json>", "what ghcr tags --json says of the run")
    .option("--services <json>", "the repository's services, as the workflow was rendered with them")
    .option("--source <url>", "page of the source repository")
    .option("--vendor <owner>", "who publishes")
    .option("--git <folder>", "checkout of the source with its history", ".")
    .option("--json", "print the plan as one line of JSON")
    .addHelpText("after", help)
    .action(async ({ json, ...flags }: Record<string, unknown>) => {
      const { values } = await readRequest(io, request, undefined, flags);
      const plan = planOf(values);
      if (json === true) io.print(JSON.stringify(plan));
      else for (const line of [plan.mode, ...plan.reasons]) io.print(line);
    });
}

function planOf(values: z.infer<typeof request>): RunPlan {
  const decided = fromJson("--decision", values.decision, decision);
  const committedAt = commitTime(values.git, values.sha);
  if (committedAt === undefined) {
    throw new PlatformError({
      code: "unknown-commit",
      where: "--sha",
      problem: `the checkout ${values.git} doesn't hold this commit`,
      got: values.sha,
      fix: "fetch it (actions/checkout: fetch-depth: 0)",
    });
  }
  return planRun({
    // JSON has no undefined: what the schema calls optional is either there or not.
    services: fromJson("--services", values.services, services) as readonly PublishedService[],
    tags: decided.kind === "publish" ? decided : { ...decided, tags: [] },
    event: values.event,
    ref: values.ref,
    revision: values.sha,
    committedAt,
    source: values.source,
    vendor: values.vendor,
    changedFiles: changedFiles(values.git, values.since),
    dockerfile: (path) => fileText(values.git, path),
  });
}

function fromJson<T>(where: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new UsageError(
    result.error.issues.map((issue) => ({
      code: "invalid-input",
      where: [where, ...issue.path].join("."),
      problem: issue.message,
      fix: "see --help for what is needed",
    })),
  );
}

const help = `
A release (refs/tags/…) and a manual run take every service; otherwise only services with files that differ from
--since. Nothing is pushed where the decision is build-only: the mode is then "verify", and "nothing" where no
service changed.

Exit codes: 0 a plan was printed; 1 it can't be made; 2 wrong usage.`;
