/** The files of a new service: its declaration, and a starter where one is wished for. */
import type { Fault } from "../errors";
import { collisions, repositoryNameFault, serviceNameFault } from "../names";
import { environmentTagFault } from "../tags";

export { renamedDeclaration } from "./rename";

/** Languages that there is a starter for, each a folder of that name in `starters/`. */
export const starters = ["python", "typescript", "go"] as const;
export type Starter = (typeof starters)[number];

/** What a new service is to be. */
export interface NewService {
  readonly name: string;
  /** One line for people. @default none */
  readonly description?: string;
  /** Source, Dockerfile and tests to begin with. @default none: only the declaration */
  readonly starter?: Starter;
  /** Deployment environments, in promotion order; `production` deploys release tags only. @default none */
  readonly environments?: readonly string[];
  /** Name of a repository of its own. @default none: it lies in the platform's */
  readonly repository?: string;
}

/** The runtime whose base image the starter's Dockerfile takes. */
const runtimes: Readonly<Record<Starter, string | undefined>> = {
  python: "python",
  typescript: "node",
  go: undefined,
};

/** The name that every starter's files carry, and its form where hyphens aren't allowed. */
const placeholder = { name: "starter-service", word: "starter_service" };

/**
 * What is wrong with a wish.
 * @param existing names of the services that there are
 * @param where how a field is called where the wish came from, e.g. `--name`
 */
export function newServiceFaults(
  wish: NewService,
  existing: readonly string[],
  where: (field: keyof NewService) => string,
): readonly Fault[] {
  const clash = collisions([...existing, wish.name]).find((names) => names.includes(wish.name));
  return [
    serviceNameFault(where("name"), wish.name),
    clash === undefined
      ? undefined
      : {
          code: "service-exists",
          where: where("name"),
          problem: `services/${existing.find((name) => clash.includes(name)) ?? wish.name} is there already`,
          got: wish.name,
          fix: "choose another name, or edit that service's service.ts",
        },
    /[\r\n]/.test(wish.description ?? "")
      ? {
          code: "invalid-description",
          where: where("description"),
          problem: "must be one line",
          fix: "leave the line breaks out",
        }
      : undefined,
    ...(wish.environments ?? []).map((name) => environmentTagFault(where("environments"), name)),
    wish.repository === undefined ? undefined : repositoryNameFault(where("repository"), wish.repository),
    wish.repository !== undefined && wish.starter !== undefined
      ? {
          code: "starter-elsewhere",
          where: where("starter"),
          problem: "a starter is written into this repository, and the service's source lies in another one",
          got: wish.starter,
          fix: "leave one of the two out",
        }
      : undefined,
  ].filter((fault) => fault !== undefined);
}

/**
 * Every file of the new service, by path below its folder.
 * @param template the starter's files, by path below its folder; empty without a starter
 */
export function newServiceFiles(
  wish: NewService,
  template: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const named = (text: string) =>
    text.replaceAll(placeholder.name, wish.name).replaceAll(placeholder.word, wish.name.replaceAll("-", "_"));
  return new Map([
    ["service.ts", declaration(wish)],
    ...[...template].map(([path, content]) => [named(path), named(content)] as const),
  ]);
}

/** Written as the formatter would: one property a line. */
function declaration({ name, description, starter, environments = [], repository }: NewService): string {
  const runtime = starter === undefined ? undefined : runtimes[starter];
  const text = (value: string) => JSON.stringify(value);
  const key = (value: string) => (/^[A-Za-z_]\w*$/.test(value) ? value : text(value));
  const protection = (environment: string) =>
    environment === "production" ? '{ refs: { tags: ["v*"] } }' : "{}";
  return [
    'import { defineService } from "../../core/fleet";',
    "",
    "export default defineService({",
    `  name: ${text(name)},`,
    ...(description === undefined ? [] : [`  description: ${text(description)},`]),
    ...(runtime === undefined ? [] : [`  runtime: ${text(runtime)},`]),
    ...(repository === undefined ? [] : [`  source: { repository: { name: ${text(repository)} } },`]),
    ...(environments.length === 0
      ? []
      : [
          "  environments: {",
          ...environments.map((environment) => `    ${key(environment)}: ${protection(environment)},`),
          "  },",
        ]),
    "});",
    "",
  ].join("\n");
}
