/**
 * What a run that was killed, or whose plugin was, may have made on GitHub without a word of it in the state. Made once
 * more it would be refused ("already exists"), so it is looked for and taken into the state.
 *
 * A killed engine leaves "pending operations" in the state, a killed plugin leaves failed steps in the event log; both
 * hold the resource as it was to be. Other types than those here are written anew by the next run, with the same result.
 */
import { z } from "zod";

const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
});

/** A resource as the engine writes one, that was to be created. */
export type Leftover = z.infer<typeof resource>;

const exported = z.looseObject({
  deployment: z.looseObject({
    manifest: z.looseObject({ time: z.string() }).nullish(),
    pending_operations: z.array(z.looseObject({ resource, type: z.string() })).nullish(),
    resources: z
      .array(z.looseObject({ urn: z.string(), initErrors: z.array(z.string()).nullish() }))
      .nullish(),
  }),
});

export interface Pending {
  /** What was being created. */
  readonly creates: readonly Leftover[];
  /** Number of all operations under way, of whatever kind. */
  readonly operations: number;
  /** URNs of what is there, but was made half: its last requests failed, so the state lacks what they would have read. */
  readonly half: readonly string[];
  /** When the state was last written; undefined: it doesn't say. */
  readonly writtenAt: Date | undefined;
}

/** @throws ZodError where the text is no stack's export */
export function pendingOf(exportText: string): Pending {
  const { deployment } = exported.parse(JSON.parse(exportText));
  const operations = deployment.pending_operations ?? [];
  const written = new Date(deployment.manifest?.time ?? Number.NaN);
  return {
    creates: operations.filter(({ type }) => type === "creating").map(({ resource: each }) => each),
    operations: operations.length,
    half: (deployment.resources ?? []).filter(({ initErrors }) => initErrors?.length).map(({ urn }) => urn),
    writtenAt: Number.isNaN(written.getTime()) ? undefined : written,
  };
}

/** Creations that failed, from the lines of an update's event log. */
export function failedCreates(lines: readonly string[]): readonly Leftover[] {
  return lines.flatMap((line) => {
    if (!line.includes('"resOpFailedEvent"')) return [];
    const event = failedEvent.safeParse(JSON.parse(line));
    return event.success ? [event.data.resOpFailedEvent.metadata.new] : [];
  });
}

const failedEvent = z.object({
  resOpFailedEvent: z.object({ metadata: z.object({ op: z.literal("create"), new: resource }) }),
});

/** How one is looked for. */
export interface Question {
  /** Below the REST API's base; a list where `found` looks for a name. */
  readonly path: string;
  /** Its id in the state, and when it was made where GitHub tells; undefined: it isn't there. */
  readonly found: (answer: unknown) => { readonly id: string; readonly createdAt?: Date } | undefined;
}

const created = z.looseObject({ created_at: z.string() });
const rows = z.array(z.looseObject({ id: z.int(), name: z.string(), created_at: z.string().nullish() }));

/** @returns undefined for what is made anew with the same result, or holds names that aren't known yet */
export function questionOf({ type, inputs }: Leftover, owner: string): Question | undefined {
  const text = (key: string): string | undefined => {
    const value = inputs?.[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const home = (repository: string) => `repos/${owner}/${repository}`;
  const [repository, environment, variable] = [text("repository"), text("environment"), text("variableName")];
  const name = text("name");
  switch (type) {
    case "github:index/repository:Repository":
      return name === undefined ? undefined : one(home(name), name);
    case "github:index/actionsVariable:ActionsVariable":
      if (repository === undefined || variable === undefined) return undefined;
      return one(`${home(repository)}/actions/variables/${variable}`, `${repository}:${variable}`);
    case "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable":
      if (repository === undefined || environment === undefined || variable === undefined) return undefined;
      return one(
        `${home(repository)}/environments/${encodeURIComponent(environment)}/variables/${variable}`,
        `${repository}:${environment}:${variable}`,
      );
    case "github:index/repositoryRuleset:RepositoryRuleset":
      if (repository === undefined || name === undefined) return undefined;
      return {
        path: `${home(repository)}/rulesets?per_page=100`,
        found: (answer) => idOf(rows.parse(answer), name, String),
      };
    case "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy": {
      const pattern = text("branchPattern") ?? text("tagPattern");
      if (repository === undefined || environment === undefined || pattern === undefined) return undefined;
      const path = `environments/${encodeURIComponent(environment)}/deployment-branch-policies?per_page=100`;
      const list = z.looseObject({ branch_policies: rows });
      return {
        path: `${home(repository)}/${path}`,
        found: (answer) =>
          idOf(list.parse(answer).branch_policies, pattern, (id) => `${repository}:${environment}:${id}`),
      };
    }
    default:
      return undefined;
  }
}

function one(path: string, id: string): Question {
  return { path, found: (answer) => ({ id, createdAt: new Date(created.parse(answer).created_at) }) };
}

function idOf(list: z.infer<typeof rows>, name: string, write: (id: number) => string) {
  const found = list.find((row) => row.name === name);
  if (found === undefined) return undefined;
  const createdAt = typeof found.created_at !== "string" ? {} : { createdAt: new Date(found.created_at) };
  return { id: write(found.id), ...createdAt };
}

export interface Recovered {
  readonly leftover: Leftover;
  readonly id: string;
}

/**
 * The state with what was found in it, and without pending operations. What its outputs are a refresh reads: until
 * then they are its inputs.
 */
export function withRecovered(exportText: string, recovered: readonly Recovered[]): string {
  const state = exported.parse(JSON.parse(exportText));
  const resources = state.deployment.resources ?? [];
  const known = new Set(resources.map(({ urn }) => urn));
  const added = recovered
    .filter(({ leftover }) => !known.has(leftover.urn))
    .map(({ leftover, id }) => ({ ...leftover, custom: true, id, outputs: leftover.inputs ?? {} }));
  const { pending_operations: _, ...rest } = state.deployment;
  return JSON.stringify({ ...state, deployment: { ...rest, resources: [...resources, ...added] } });
}
