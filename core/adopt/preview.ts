/** What the engine's preview says, as far as adopting asks: `pulumi preview --json`. */
import { z } from "zod";

const state = z.looseObject({
  inputs: z.record(z.string(), z.unknown()).default({}),
  parent: z.string().default(""),
  provider: z.string().default(""),
  custom: z.boolean().default(false),
});
const schema = z.looseObject({
  steps: z
    .array(
      z.looseObject({
        op: z.string(),
        urn: z.string(),
        newState: state.optional(),
        detailedDiff: z.record(z.string(), z.unknown()).nullish(),
        diffReasons: z.array(z.string()).nullish(),
      }),
    )
    .default([]),
});

/** What becomes of one resource. */
export interface PreviewedResource {
  readonly urn: string;
  readonly op: string;
  readonly type: string;
  readonly name: string;
  /** Whether a provider holds it; a component is in the state alone. */
  readonly custom: boolean;
  /** URN; "": none. */
  readonly parent: string;
  /** URN of its provider. */
  readonly provider: string;
  /** As the program gives them. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of the properties that differ, without what is below them. */
  readonly differs: readonly string[];
}

/** @throws ZodError where the text is no preview */
export function previewedResources(json: string): readonly PreviewedResource[] {
  return schema.parse(JSON.parse(json)).steps.map(({ op, urn, newState, detailedDiff, diffReasons }) => ({
    ...{ urn, op, type: typeOf(urn), name: nameOf(urn) },
    custom: newState?.custom ?? false,
    parent: newState?.parent ?? "",
    provider: (newState?.provider ?? "").split("::").slice(0, -1).join("::"),
    inputs: newState?.inputs ?? {},
    differs: topNames([...Object.keys(detailedDiff ?? {}), ...(diffReasons ?? [])]),
  }));
}

/** Those that are the components of these names or below them. */
export function below(
  previewed: readonly PreviewedResource[],
  roots: readonly string[],
): readonly PreviewedResource[] {
  const found = new Set<string>();
  // A component is declared before what is in it.
  return previewed.filter(({ urn, parent, type, name }) => {
    const own = found.has(parent) || (type.startsWith("ghcr-platform:") && roots.includes(name));
    if (own) found.add(urn);
    return own;
  });
}

/** `urn:pulumi:stack::project::Parent$Type::name`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function topNames(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.map((path) => /^[^.[]+/.exec(path)?.[0] ?? path))].sort();
}
