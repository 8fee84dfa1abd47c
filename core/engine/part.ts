/** The part of a stack's state that a preview of a few services reads. */
import { z } from "zod";

/** References to other resources stand in these fields (apitype.ResourceV3 of the engine's SDK). */
const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  parent: z.string().nullish(),
  deletedWith: z.string().nullish(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
});

const checkpointFile = z.looseObject({
  checkpoint: z.looseObject({
    // Nothing where the stack was never updated.
    latest: z
      .looseObject({ resources: z.array(resource).nullish(), pending_operations: z.unknown().optional() })
      .nullish(),
  }),
});

type Resource = z.infer<typeof resource>;

const serviceType = "ghcr-platform:index:ContainerService";

/**
 * Leaves out what belongs to other services, and every word of it in what stays. The rest of the stack stays: what
 * several services share, and the platform's own.
 * @param text a checkpoint, as a local backend keeps one
 * @param services names of those whose resources stay
 * @throws ZodError where the text is no checkpoint
 */
export function partOfState(text: string, services: readonly string[]): string {
  const file = checkpointFile.parse(JSON.parse(text));
  const { latest } = file.checkpoint;
  if (latest === null || latest === undefined) return text;
  const all = latest.resources ?? [];
  const byUrn = new Map(all.map((each) => [each.urn, each]));
  const isOthers = (each: Resource | undefined): boolean => {
    if (each === undefined) return false;
    const isService = each.type === serviceType && !services.includes(each.urn.split("::").at(-1) ?? "");
    return isService || isOthers(byUrn.get(each.parent ?? ""));
  };
  const kept = all.filter((each) => !isOthers(each));
  const urns = new Set(kept.map(({ urn }) => urn));
  const known = (each: readonly string[] | null | undefined) => each?.filter((urn) => urns.has(urn));
  const resources = kept.map(({ deletedWith, dependencies, propertyDependencies, ...rest }) => ({
    ...rest,
    ...(typeof deletedWith === "string" && urns.has(deletedWith) ? { deletedWith } : {}),
    dependencies: known(dependencies) ?? [],
    propertyDependencies: Object.fromEntries(
      Object.entries(propertyDependencies ?? {}).map(([name, needed]) => [name, known(needed) ?? []]),
    ),
  }));
  const part = { ...latest, resources, pending_operations: [] };
  return JSON.stringify({ ...file, checkpoint: { ...file.checkpoint, latest: part } });
}
