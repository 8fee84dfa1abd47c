/** Declarations for tests, resolved as the program resolves them. */
import {
  resolveFleet,
  type RepositoryDeclaration,
  type Service,
  type ServiceDeclaration,
  type SourceRepositoryPlan,
} from "../../core/fleet";

export function repositoryOf(declaration: RepositoryDeclaration): SourceRepositoryPlan {
  return resolveFleet({ platform: declaration, services: [] }).platform;
}

/** A service of the platform's repository, unless it declares another one. */
export function serviceOf(declaration: ServiceDeclaration): Service {
  const where = `services/${declaration.name}/service.ts`;
  const [service] = resolveFleet({
    platform: { name: "ghcr-platform" },
    services: [{ where, declaration }],
  }).services;
  if (service === undefined) throw new Error("the fleet has one service");
  return service;
}
