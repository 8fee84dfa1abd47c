/** The file formats as JSON Schema (draft 2020-12), published in docs/schemas. */
import { z } from "zod";
import { inventorySchema } from "./inventory";
import { planSchema } from "./plan-file";
import { policySchema } from "./policy-schema";
import { pushHistorySchema } from "./push-history";

/** By file name. What a schema can't say (ids that must differ, positions in range) is checked when a file is read. */
export const schemas: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "retention-inventory.schema.json": published(
    "A container package, as retention plans see it",
    inventorySchema,
  ),
  "retention-plan.schema.json": published(
    "What goes from a container package, and why all else stays",
    planSchema,
  ),
  "retention-policy.schema.json": published("What may go from a container package", policySchema),
  "push-history.schema.json": published("Pushes that a retention policy is simulated on", pushHistorySchema),
};

function published(title: string, schema: z.ZodType): Record<string, unknown> {
  return { title, ...z.toJSONSchema(schema, { io: "input" }) };
}
