/**
 * Reads what the engine says of a preview (`pulumi preview --event-log`, one JSON object a line), and keeps of it what
 * may be shown to everyone: operation, URN, type, whose child a resource is, and the names of what changes. The events
 * hold the resources' whole state and so may hold secrets; nothing else of them has a place in what is read, and
 * what is kept carries a type that only this reader gives.
 *
 * Shapes: pulumi/pulumi sdk/go/common/apitype/events.go at v3.274.1.
 */
import { z } from "zod";
import { PlatformError } from "../errors";

declare const kept: unique symbol;

/** Text that was kept on purpose: anything that a program can name, as hostile as a program may be. */
export type Kept<Kind extends string> = string & { readonly [kept]: Kind };
export type Urn = Kept<"urn">;
export type TypeToken = Kept<"type">;
/** Path of a property, e.g. `variables[0].value`. */
export type PropertyPath = Kept<"path">;
/** What the platform's own provider says: its messages hold no value of a property. */
export type Message = Kept<"message">;

/** The engine's operations: pulumi/pulumi pkg/resource/deploy/step.go. */
export const engineOperations = [
  "same",
  "create",
  "update",
  "delete",
  "replace",
  "create-replacement",
  "delete-replaced",
  "read",
  "read-replacement",
  "refresh",
  "discard",
  "discard-replaced",
  "remove-pending-replace",
  "import",
  "import-replacement",
] as const;

export interface Step {
  readonly operation: (typeof engineOperations)[number];
  readonly urn: Urn;
  readonly type: TypeToken;
  readonly parent: Urn | undefined;
  /** Whether a plugin manages it; components are only there to hold others. */
  readonly custom: boolean;
  /** Whether what it stands for stays when it leaves the stack. */
  readonly retained: boolean;
  /** What changes. */
  readonly paths: readonly PropertyPath[];
  /** What of that makes a replacement necessary. */
  readonly replacePaths: readonly PropertyPath[];
}

export interface Diagnostic {
  readonly severity: "info" | "warning" | "error";
  /** Undefined: of the program as a whole. */
  readonly urn: Urn | undefined;
  /** Only of the platform's own provider. */
  readonly message: Message | undefined;
}

export interface Violation {
  readonly urn: Urn | undefined;
  readonly policy: Kept<"policy">;
  readonly mandatory: boolean;
}

/** Everything that is kept of a preview's events. */
export interface Events {
  readonly steps: readonly Step[];
  readonly diagnostics: readonly Diagnostic[];
  readonly violations: readonly Violation[];
  /** `unfinished`: the log ends before the engine did. */
  readonly ended: "succeeded" | "failed" | "unfinished";
}

/** A path names something; what is longer holds something. */
const longestPath = 200;
const mostPaths = 100;
const longestMessage = 1_000;

const urnSchema = z.string().transform((text) => text as Urn);
const pathsSchema = z
  .array(z.string())
  .nullish()
  .transform((paths) =>
    (paths ?? []).slice(0, mostPaths).map((path) => path.slice(0, longestPath) as PropertyPath),
  );
const stateSchema = z
  .object({
    parent: z.string().nullish(),
    custom: z.boolean().nullish(),
    retainOnDelete: z.boolean().nullish(),
  })
  .nullish();
const stepSchema = z.object({
  op: z.enum(engineOperations),
  urn: urnSchema,
  type: z.string().transform((text) => text as TypeToken),
  old: stateSchema,
  new: stateSchema,
  keys: pathsSchema,
  diffs: pathsSchema,
  // Only its names: the kind of each is not needed.
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
});
const diagnosticSchema = z.object({
  urn: z.string().nullish(),
  severity: z.enum(["debug", "info", "info#err", "warning", "error"]),
  message: z.string(),
  ephemeral: z.boolean().nullish(),
});
const violationSchema = z.object({
  resourceUrn: z.string().nullish(),
  policyName: z.string(),
  enforcementLevel: z.string(),
});
/** An object without any of these is an event that says nothing of resources. */
const eventSchema = z.object({
  resourcePreEvent: z.object({ metadata: stepSchema }).optional(),
  diagnosticEvent: diagnosticSchema.optional(),
  policyEvent: violationSchema.optional(),
  summaryEvent: z.object({ result: z.string().nullish() }).optional(),
  errorEvent: z.object({}).optional(),
});

/**
 * Reads an event log.
 * @param where its file, for errors
 * @throws PlatformError where a line is no event as the engine writes it, with its number and never its text
 */
export function readEvents(where: string, log: string): Events {
  const steps: Step[] = [];
  const diagnostics: Diagnostic[] = [];
  const violations: Violation[] = [];
  let ended: Events["ended"] = "unfinished";
  let failed = false;
  for (const [index, line] of log.split("\n").entries()) {
    if (line.trim() === "") continue;
    const event = eventOf(`${where}: line ${index + 1}`, line);
    if (event.resourcePreEvent !== undefined) steps.push(stepOf(event.resourcePreEvent.metadata));
    if (event.diagnosticEvent !== undefined) diagnostics.push(...diagnosticOf(event.diagnosticEvent));
    if (event.policyEvent !== undefined) violations.push(violationOf(event.policyEvent));
    if (event.errorEvent !== undefined) failed = true;
    if (event.summaryEvent !== undefined) {
      const result = event.summaryEvent.result ?? "succeeded";
      ended = result === "succeeded" ? "succeeded" : "failed";
    }
  }
  if (failed || diagnostics.some(({ severity }) => severity === "error")) ended = "failed";
  return { steps, diagnostics, violations, ended };
}

/** The same as an event log that holds nothing else; reading it gives the same again. */
export function reducedLog({ steps, diagnostics, violations, ended }: Events): string {
  const lines: unknown[] = [
    ...steps.map(({ operation: op, urn, type, parent, custom, retained, paths, replacePaths }) => {
      const state = { parent: parent ?? "", custom, retainOnDelete: retained };
      const kept = {
        op,
        urn,
        type,
        old: null,
        new: null,
        diffs: paths,
        keys: replacePaths,
        detailedDiff: null,
      };
      return {
        resourcePreEvent: { metadata: { ...kept, ...(op === "delete" ? { old: state } : { new: state }) } },
      };
    }),
    ...diagnostics.map(({ urn, severity, message }) => ({
      diagnosticEvent: { urn: urn ?? "", severity, message: message ?? "" },
    })),
    ...violations.map(({ urn, policy, mandatory }) => ({
      policyEvent: {
        resourceUrn: urn ?? "",
        policyName: policy,
        enforcementLevel: mandatory ? "mandatory" : "advisory",
      },
    })),
    ...(ended === "unfinished" ? [] : [{ summaryEvent: { result: ended } }]),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** The types whose messages are the platform's own. */
export function isOwnType(type: string): boolean {
  return type.startsWith("ghcr:");
}

/** The type at the end of a URN's chain of types, e.g. `github:index/repository:Repository`; empty: no URN. */
export function typeInUrn(urn: string): string {
  return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

function eventOf(where: string, line: string): z.infer<typeof eventSchema> {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw unreadable(where, "is not JSON, or was cut off");
  }
  const parsed = eventSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = [
    ...new Set(parsed.error.issues.map(({ path }) => path.filter((key) => key in known).join("."))),
  ];
  throw unreadable(where, `has another shape than the engine's events (${fields.join(", ") || "no object"})`);
}

/** Names that may stand in a message: those of this reader, not those in the file. */
const known: Readonly<Record<PropertyKey, true>> = Object.fromEntries(
  [
    ...Object.keys(eventSchema.shape),
    ...Object.keys(stepSchema.shape),
    ...Object.keys(diagnosticSchema.shape),
    ...Object.keys(violationSchema.shape),
    "metadata",
  ].map((name) => [name, true]),
);

function unreadable(where: string, problem: string): PlatformError {
  return new PlatformError({
    code: "not-an-event-log",
    where,
    problem,
    fix: "make the log again with `pulumi preview --event-log <file>` (PULUMI_DEBUG_COMMANDS=true) of the pinned engine",
  });
}

function stepOf(step: z.infer<typeof stepSchema>): Step {
  const state = step.new ?? step.old;
  const detailed = pathsSchema.parse(Object.keys(step.detailedDiff ?? {}));
  return {
    operation: step.op,
    urn: step.urn,
    type: step.type,
    parent: urnOf(state?.parent),
    custom: state?.custom ?? false,
    retained: (step.old ?? step.new)?.retainOnDelete ?? false,
    paths: detailed.length > 0 ? detailed : step.diffs,
    replacePaths: step.keys,
  };
}

function diagnosticOf({ urn, severity, message, ephemeral }: z.infer<typeof diagnosticSchema>): Diagnostic[] {
  const own = isOwnType(typeInUrn(urn ?? ""));
  const level = severity === "warning" || severity === "error" ? severity : "info";
  if (ephemeral === true || severity === "debug" || (level === "info" && !own)) return [];
  return [
    {
      severity: level,
      urn: urnOf(urn),
      message: own && message !== "" ? (message.slice(0, longestMessage) as Message) : undefined,
    },
  ];
}

function violationOf({
  resourceUrn,
  policyName,
  enforcementLevel,
}: z.infer<typeof violationSchema>): Violation {
  return {
    urn: urnOf(resourceUrn),
    policy: policyName.slice(0, longestPath) as Violation["policy"],
    mandatory: enforcementLevel === "mandatory",
  };
}

function urnOf(text: string | null | undefined): Urn | undefined {
  return text === null || text === undefined || text === "" ? undefined : (text as Urn);
}
