/** Policies from JSON or from code, checked: every fault at once, with its path. */
import { z } from "zod";
import type { Fault } from "../errors";
import { parseWith } from "./faults";
import { parsePattern, patternFault } from "./pattern";
import {
  defaultPolicyDeclaration,
  policyFormat,
  type DefaultPolicyOptions,
  type Policy,
  type PolicyDeclaration,
} from "./policy";
import { parseRange } from "./version-order";

const expirable = ["semver", "sha", "development", "cache"] as const;
const keepable = ["latest", "pull-request", ...expirable] as const;
const custom = z.templateLiteral(["custom:", z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)]);

const days = z.int().min(0).max(36_500);
const someDays = z.int().min(1).max(36_500);
const places = z.int().min(1).max(1_000_000);
const id = z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "must be kebab-case: a-z, 0-9, single hyphens");

const pattern = z.string().check((context) => {
  const fault = patternFault(context.value);
  if (fault !== undefined) context.issues.push({ code: "custom", message: fault, input: context.value });
});

const range = z.string().check((context) => {
  try {
    parseRange(context.value);
  } catch {
    const message = "is no range of versions, like >=1.2 <3 or 2.x";
    context.issues.push({ code: "custom", message, input: context.value });
  }
});

const keepableClass = z.union(
  [z.enum(keepable), custom],
  `must be one of ${keepable.join(", ")}, custom:<name>`,
);
const expirableClass = z.union(
  [z.enum(expirable), custom],
  `must be one of ${expirable.join(", ")}, custom:<name>; other classes never go by age`,
);
const keepsTags = { id, of: keepableClass, matching: pattern.optional() };

const rule = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("keep-all"), ...keepsTags }),
  z.strictObject({ kind: z.literal("keep-newest"), ...keepsTags, count: places }),
  z.strictObject({ kind: z.literal("keep-younger"), ...keepsTags, days: someDays }),
  z.strictObject({
    kind: z.literal("keep-releases"),
    id,
    count: places,
    per: z.enum(["minor", "major", "all"]).optional(),
    range: range.optional(),
    prereleases: z.boolean().optional(),
  }),
  z.strictObject({
    kind: z.literal("expire-tagged"),
    id,
    of: expirableClass,
    matching: pattern.optional(),
    afterDays: days,
  }),
  z.strictObject({ kind: z.literal("expire-pull-requests"), id, afterDays: days }),
  z.strictObject({
    kind: z.literal("expire-untagged"),
    id,
    of: z.enum(["image", "cache", "any"]).optional(),
    afterDays: someDays,
  }),
  z.strictObject({ kind: z.literal("expire-orphans"), id, afterDays: someDays }),
]);

export const policySchema = z.strictObject({
  $schema: z.string().optional().meta({ description: "For editors; not looked at" }),
  format: z.literal(policyFormat).default(policyFormat),
  rules: z.array(rule),
  graceDays: someDays.default(2),
  rollback: z.int().min(0).max(1_000).default(5),
  environments: z.array(z.string().min(1)).default([]),
  classes: z.record(custom, pattern).default({}),
  brake: z
    .strictObject({
      versions: z.int().min(1).default(1_000),
      percent: z.number().gt(0).max(100).default(50),
    })
    .prefault({}),
});

/**
 * Reads a policy file's JSON and fills in the defaults.
 * @param where the file, for errors
 * @throws PlatformError with every fault at once
 */
export function parsePolicy(json: unknown, where: string): Policy {
  const context = { where, code: "invalid-policy", fix: "see docs/schemas/retention-policy.schema.json" };
  // The cast below drops `| undefined` from optional fields: JSON has no undefined.
  const { $schema: _, ...policy } = parseWith(policySchema, json, context, rulesTogether(json, where));
  return policy as Policy;
}

/** A policy written in code, checked like one from a file; the compiler has refused most of what could be wrong. */
export function definePolicy(declaration: PolicyDeclaration): Policy {
  return parsePolicy(declaration, "policy");
}

/** The policy of a service that declares no rules of its own. */
export function defaultPolicy(options: DefaultPolicyOptions = {}): Policy {
  return definePolicy(defaultPolicyDeclaration(options));
}

/** What no rule shows alone. Reads the raw JSON, so that these faults come together with those of the schema. */
function rulesTogether(json: unknown, where: string): Fault[] {
  const { rules, classes } = z
    .object({ rules: z.array(z.unknown()).catch([]), classes: z.record(z.string(), z.unknown()).catch({}) })
    .catch({ rules: [], classes: {} })
    .parse(json);
  const facts = rules.map((each) =>
    z
      .object({ id: z.string().optional().catch(undefined), of: z.string().optional().catch(undefined) })
      .catch({})
      .parse(each),
  );
  return facts.flatMap((fact, position) => {
    const faults: Fault[] = [];
    const first = facts.findIndex((other) => other.id === fact.id);
    if (fact.id !== undefined && first < position) {
      faults.push({
        code: "invalid-policy",
        where: `${where}: rules[${position}].id`,
        problem: `rules[${first}] has the same id`,
        got: fact.id,
        fix: "rename one of the two",
      });
    }
    if (fact.of?.startsWith("custom:") === true && !(fact.of in classes)) {
      faults.push({
        code: "invalid-policy",
        where: `${where}: rules[${position}].of`,
        problem: "is a class that the policy doesn't declare",
        got: fact.of,
        fix: `declare its pattern: "classes": { "${fact.of}": "<pattern>" }`,
      });
    }
    return faults;
  });
}

/** The custom class of a tag that is of no class by itself; the first in the order of their names. */
export function customClasses(policy: Policy): (tag: string) => `custom:${string}` | undefined {
  const classes = Object.entries(policy.classes)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, text]) => ({ name: name as `custom:${string}`, pattern: parsePattern(text) }));
  return (tag) => classes.find((each) => each.pattern.matches(tag))?.name;
}
