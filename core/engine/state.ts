/** A stack's state, as `pulumi stack export` prints it, as far as services are found in it. */
import { z } from "zod";

const exported = z.object({
  deployment: z.object({
    resources: z
      .array(z.object({ urn: z.string(), type: z.string(), parent: z.string().optional() }))
      .optional(),
  }),
});

const componentType = "ghcr-platform:index:ContainerService";

/** Which services a stack declares, and what belongs to each. */
export interface StackServices {
  /** Names, sorted. */
  readonly names: readonly string[];
  /** URN of the service's component; undefined: the stack doesn't have it. */
  urnOf(service: string): string | undefined;
  /** URNs of everything below the service's component, itself first, in the state's order. */
  resourcesOf(service: string): readonly string[];
}

/** @throws ZodError where the text is no stack's export */
export function stackServices(exportText: string): StackServices {
  const resources = exported.parse(JSON.parse(exportText)).deployment.resources ?? [];
  const components = new Map(
    resources
      .filter(({ urn, type }) => type === componentType && urn.split("::")[2] === componentType)
      .map(({ urn }) => [urn.split("::").at(-1) ?? "", urn]),
  );
  return {
    names: [...components.keys()].sort(),
    urnOf: (service) => components.get(service),
    resourcesOf: (service) => {
      const found = new Set<string>();
      // Parents stand before their children in a state.
      for (const { urn, parent } of resources) {
        if (urn === components.get(service) || (parent !== undefined && found.has(parent))) found.add(urn);
      }
      return [...found];
    },
  };
}

const whole = z.looseObject({
  deployment: z.looseObject({
    resources: z
      .array(
        z.looseObject({
          urn: z.string(),
          dependencies: z.array(z.string()).nullish(),
          propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
          deletedWith: z.string().optional(),
        }),
      )
      .optional(),
  }),
});

/**
 * The state without a service's component and all below it, as `pulumi stack import` takes it; nobody waits for what
 * is gone. `pulumi state delete` would take along what only waits for it, such as the platform's workflows.
 */
export function withoutService(exportText: string, service: string): string {
  const gone = new Set(stackServices(exportText).resourcesOf(service));
  const state = whole.parse(JSON.parse(exportText));
  const stays = (urn: string) => !gone.has(urn);
  const resources = (state.deployment.resources ?? [])
    .filter(({ urn }) => stays(urn))
    .map(({ dependencies, propertyDependencies, deletedWith, ...resource }) => ({
      ...resource,
      ...(dependencies ? { dependencies: dependencies.filter(stays) } : {}),
      ...(propertyDependencies
        ? {
            propertyDependencies: Object.fromEntries(
              Object.entries(propertyDependencies).map(([name, urns]) => [name, urns?.filter(stays) ?? null]),
            ),
          }
        : {}),
      ...(deletedWith === undefined || !stays(deletedWith) ? {} : { deletedWith }),
    }));
  return JSON.stringify({ ...state, deployment: { ...state.deployment, resources } });
}
