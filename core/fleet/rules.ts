/** Laws of a declaration that its shape can't say; each a small function that returns what it finds wrong. */
import type { Fault } from "../errors";
import { collisions } from "../names";
import { exceptionFaults } from "../scan";
import { environmentTagFault } from "../tags";
import type { RepositoryDeclaration } from "./declaration";
import type { Automation, Service } from "./resolve";
import type { BaseImageUpdates } from "./resolve-repository";

/** GitHub's name of the environment whose reviewers are the repository's `retentionApprovers`. */
export const retentionEnvironment = "container-retention";

/** What is wrong with one service by itself. */
export function valueFaults(service: Service): Fault[] {
  const environments = service.environments;
  return [
    ...pathFaults(service),
    ...publishFaults(service),
    ...buildArgFaults(service),
    ...exceptionFaults(`${service.where}: exceptions`, service.exceptions),
    ...environmentFaults(service),
    ...nameFaults(service.where, "secrets", service.secrets),
    ...nameFaults(service.where, "variables", Object.keys(service.variables)),
    ...environments.flatMap(({ name, secrets, variables }) => [
      ...nameFaults(service.where, `environments.${name}.secrets`, secrets),
      ...nameFaults(service.where, `environments.${name}.variables`, Object.keys(variables)),
    ]),
  ];
}

/** What is wrong with one repository by itself. */
export function repositoryFaults(
  where: string,
  { rules, ownRules }: Pick<Partial<RepositoryDeclaration>, "rules" | "ownRules">,
): Fault[] {
  if (rules === undefined || ownRules === undefined) return [];
  const problem = "rules of its own take the place of the platform's, and both are declared";
  return [
    { code: "rules-twice", where: `${where}: rules`, problem, fix: "leave one of rules and ownRules out" },
  ];
}

/**
 * A bot finds a Dockerfile by its name, and passes over any other without a word. Dependabot's rule, which is wider:
 * docker/lib/dependabot/docker/file_fetcher.rb of dependabot-core.
 */
export function dockerfileNameFaults(
  { where, dockerfile }: Service,
  by: BaseImageUpdates["by"] | undefined,
): Fault[] {
  if (by !== "dependabot" || /(docker|container)file[^/]*$/i.test(dockerfile)) return [];
  return [
    {
      code: "dockerfile-not-read",
      where: `${where}: dockerfile`,
      problem: "Dependabot, which is to propose newer base images, knows a Dockerfile by its name",
      got: dockerfile,
      fix: 'call it like Dockerfile or pager.Dockerfile, or set source.repository.baseImageUpdates to { by: "renovate" } or { by: "none" }',
    },
  ];
}

/** What is wrong between services: one name twice, one secret of a shared repository claimed twice. */
export function sharedFaults(
  platformRepository: string,
  services: readonly Service[],
  automation?: Automation,
): Fault[] {
  const shared = services.filter((service) => service.shared);
  return [
    ...collisions(services.map(({ name }) => name)).map((names) => ({
      code: "duplicate-service",
      where: wheres(services, names),
      problem: "two services publish to one image name",
      got: names.join(", "),
      fix: "rename one of them, or delete one of the two folders",
    })),
    ...formerNameFaults(services),
    ...claimedTwice(shared, "secrets", (service) => service.secrets),
    ...claimedTwice(shared, "variables", (service) => Object.keys(service.variables)),
    ...claimedTwice(shared, "environments", ({ environments }) =>
      environments.map((each) => each.githubName),
    ),
    ...ownRepositoryFaults(platformRepository, services),
    ...automationFaults(shared, automation),
  ];
}

/** A name that is in use again can't stand for two. */
function formerNameFaults(services: readonly Service[]): Fault[] {
  return services.flatMap(({ where, formerNames }) =>
    formerNames
      .filter((former) => services.some(({ name }) => name === former))
      .map((former) => ({
        code: "name-in-use",
        where: `${where}: formerNames`,
        problem: "a service has this name",
        got: former,
        fix: "take it out, once an update of every stack has been through",
      })),
  );
}

/** Whoever shares an environment's name shares its secrets. */
function automationFaults(shared: readonly Service[], automation: Automation | undefined): Fault[] {
  const own = Object.values(automation?.environments ?? {}).map(({ githubName }) => githubName);
  return shared.flatMap(({ where, environments }) =>
    environments
      .filter(({ githubName }) => own.includes(githubName.toLowerCase()))
      .map(({ name, githubName }) => ({
        code: "duplicate-name",
        where: `${where}: environments.${name}`,
        problem: "the environment in which `pulumi up` or the check for drift runs has this name on GitHub",
        got: githubName,
        fix: "choose another name",
      })),
  );
}

function pathFaults({ where, path, dockerfile }: Service): Fault[] {
  return Object.entries({ "source.path": path, dockerfile }).flatMap(([field, value]) =>
    value.startsWith("/") || value.split("/").includes("..") || value.includes("\\")
      ? [
          {
            code: "invalid-path",
            where: `${where}: ${field}`,
            problem: "must be a path below the repository's top",
            got: value,
            fix: "write it from the repository's top, without a leading / and without ..",
          },
        ]
      : [],
  );
}

function publishFaults({ where, publish, shared, repository }: Service): Fault[] {
  if (publish === "workflow" || shared) return [];
  return [
    {
      code: "source-not-at-hand",
      where: `${where}: publish`,
      problem: `\`up\` builds from this checkout, and the source lies in the repository ${repository}`,
      got: publish,
      fix: "leave publish out: the workflow of that repository publishes",
    },
  ];
}

/** What every build is given: a service's own value would be passed over without a word. */
function buildArgFaults({ where, buildArgs, runtime }: Service): Fault[] {
  const given = [
    "VERSION",
    "REVISION",
    "SOURCE_DATE_EPOCH",
    ...(runtime === undefined ? [] : ["BASE_IMAGE"]),
  ];
  return Object.keys(buildArgs).flatMap((name) => {
    const problem = given.includes(name)
      ? "the platform gives every build this argument itself"
      : /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
        ? undefined
        : "must be letters, digits and _, and not start with a digit";
    if (problem === undefined) return [];
    return [
      {
        code: "invalid-build-arg",
        where: `${where}: buildArgs`,
        problem,
        got: name,
        fix: "choose another name, in the Dockerfile's ARG too",
      },
    ];
  });
}

/** Promotion moves the tag of an environment's name, and GitHub doesn't tell upper from lower case in names. */
function environmentFaults({ where, environments }: Service): Fault[] {
  const names = environments.map(({ name }) => name.toLowerCase());
  return environments.flatMap(({ name, githubName }, index) => {
    const field = `${where}: environments`;
    if (githubName.toLowerCase() === retentionEnvironment) {
      const problem = `its name on GitHub is ${retentionEnvironment}, where retention waits for its approvers`;
      return [{ code: "reserved-name", where: field, problem, got: name, fix: "choose another name" }];
    }
    const fault = environmentTagFault(field, name);
    if (fault !== undefined) return [fault];
    if (names.indexOf(name.toLowerCase()) === index) return [];
    return [
      {
        code: "duplicate-name",
        where: field,
        problem: "the same name twice (GitHub doesn't tell upper from lower case)",
        got: name,
        fix: "choose another name",
      },
    ];
  });
}

/** GitHub's rule for names of secrets and variables: https://docs.github.com/actions/security-guides/encrypted-secrets */
function nameFaults(where: string, field: string, names: readonly string[]): Fault[] {
  const upper = names.map((name) => name.toUpperCase());
  return names.flatMap((name, index) => {
    const legal = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !/^GITHUB_/i.test(name);
    if (legal && upper.indexOf(name.toUpperCase()) === index) return [];
    return [
      {
        code: legal ? "duplicate-name" : "invalid-name",
        where: `${where}: ${field}`,
        problem: legal
          ? "the same name twice (GitHub doesn't tell upper from lower case)"
          : "must be letters, digits and _, not start with a digit and not with GITHUB_",
        got: name,
        fix: "choose another name",
      },
    ];
  });
}

function claimedTwice(
  services: readonly Service[],
  field: "secrets" | "variables" | "environments",
  namesOf: (service: Service) => readonly string[],
): Fault[] {
  const claims = new Map<string, Service>();
  return services.flatMap((service) =>
    namesOf(service).flatMap((name) => {
      const first = claims.get(name.toUpperCase());
      if (first === undefined) claims.set(name.toUpperCase(), service);
      if (first === undefined || first === service) return [];
      return [
        {
          code: `shared-${field}`,
          where: `${service.where}: ${field}`,
          problem: `${first.where} declares the same name, and both services share one repository`,
          got: name,
          fix:
            field === "environments"
              ? "give it another name: environments are called <service>-<name> on GitHub"
              : "give it another name, or declare it in an environment, which belongs to one service",
        },
      ];
    }),
  );
}

function ownRepositoryFaults(platformRepository: string, services: readonly Service[]): Fault[] {
  const homes = new Map<string, string>([[platformRepository.toLowerCase(), "services/platform.ts"]]);
  return services
    .filter((service) => !service.shared)
    .flatMap(({ where, repository }) => {
      const taken = homes.get(repository.toLowerCase());
      if (taken === undefined) homes.set(repository.toLowerCase(), where);
      return taken === undefined
        ? []
        : [
            {
              code: "repository-declared-twice",
              where: `${where}: source.repository.name`,
              problem: `${taken} declares the same repository`,
              got: repository,
              fix: "leave source.repository out to build from the platform's repository, or name another one",
            },
          ];
    });
}

function wheres(services: readonly Service[], names: readonly string[]): string {
  return services
    .filter(({ name }) => names.includes(name))
    .map(({ where }) => where)
    .join(", ");
}
