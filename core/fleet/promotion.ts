/** What a service's environments ask of an image: its own declaration, then the fleet's, then the platform's. */
import type { Fault } from "../errors";
import { promotionDefaults, type StageRules } from "../promotion";
import type { PerEnvironment, PromotionDeclaration, ServiceDeclaration } from "./declaration";
import type { Environment, Service } from "./resolve";

/** @param declared what counts first comes first */
export function stageRules(
  environments: readonly Pick<Environment, "name" | "githubName">[],
  declared: readonly (PromotionDeclaration | undefined)[],
): readonly StageRules[] {
  return environments.map(({ name, githubName }) => ({
    name,
    githubName,
    maxScanAge:
      first(declared, (each) => valueFor(each.maxScanAge, name, isNumber)) ?? promotionDefaults.maxScanAge,
    require: first(declared, (each) => valueFor(each.require, name, isList)) ?? promotionDefaults.require,
  }));
}

/**
 * Which a published release moves: those up to the one that is named.
 * @param upTo true: the first one; a fleet's default may name one that a service hasn't, which counts as none
 */
export function releasedEnvironments(
  environments: readonly Environment[],
  upTo: PromotionDeclaration["onRelease"] = false,
): readonly Environment[] {
  if (typeof upTo === "boolean") return upTo ? environments.slice(0, 1) : [];
  return environments.slice(0, environments.findIndex(({ name }) => name === upTo) + 1);
}

/** A release's run is on its tag: GitHub lets it into no environment that only takes branches. */
export function releaseFaults({ where, onRelease }: Pick<Service, "where" | "onRelease">): Fault[] {
  return onRelease
    .filter(({ refs }) => refs === "protected" || (refs !== "all" && refs.tags.length === 0))
    .map(({ name }) => ({
      code: "release-not-allowed",
      where: `${where}: environments.${name}.refs`,
      problem:
        "a published release moves this environment (promotion.onRelease), and no tag may deploy to it",
      fix: 'let releases in: refs: { branches: ["main"], tags: ["v*"] }',
    }));
}

/** A signature that no workflow makes can't be asked for. */
export function signatureFaults({
  where,
  signing,
  promotion,
}: Pick<Service, "where" | "signing" | "promotion">): Fault[] {
  return promotion
    .filter(({ require }) => signing === "none" && require.includes("signature"))
    .map(({ name }) => ({
      code: "unsigned",
      where: `${where}: promotion.require`,
      problem: `${name} asks for a signature, and the service's images are not signed`,
      fix: 'declare signing: "keyless" (docs/evidence.md says what that makes public), or ask for provenance and sbom',
    }));
}

/** Environments that are named and that the service hasn't: what was meant for them would hold for none. */
export function promotionFaults(
  where: string,
  { promotion = {}, environments = {} }: ServiceDeclaration,
): Fault[] {
  const known = Object.keys(environments);
  return Object.entries(promotion).flatMap(([field, value]) =>
    namesOf(value)
      .filter((name) => !known.includes(name))
      .map((name) => ({
        code: "unknown-environment",
        where: `${where}: promotion.${field}`,
        problem:
          known.length === 0 ? "the service has no environments" : `the service's are ${known.join(", ")}`,
        got: name,
        fix: "name one of `environments`",
      })),
  );
}

function namesOf(value: PromotionDeclaration[keyof PromotionDeclaration]): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : [];
}

function first<T, R>(all: readonly (T | undefined)[], of: (one: T) => R | undefined): R | undefined {
  return all.map((each) => (each === undefined ? undefined : of(each))).find((value) => value !== undefined);
}

function valueFor<T>(
  value: PerEnvironment<T> | undefined,
  name: string,
  isOne: (value: PerEnvironment<T>) => value is T,
): T | undefined {
  if (value === undefined || isOne(value)) return value;
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function isNumber(value: PerEnvironment<number>): value is number {
  return typeof value === "number";
}

function isList<T>(value: PerEnvironment<readonly T[]>): value is readonly T[] {
  return Array.isArray(value);
}
