/** A preview as people read it: what each service gains, changes and loses. */
import {
  typeInUrn,
  type Events,
  type Kept,
  type Message,
  type PropertyPath,
  type Step,
  type TypeToken,
  type Urn,
} from "./events";

/** `forget`: it leaves the stack, and what it stands for stays. */
export const operations = ["delete", "replace", "forget", "import", "create", "update"] as const;
export type Operation = (typeof operations)[number];

/** A service, or what else owns a resource: the component below the stack that it belongs to. */
export type Owner = Kept<"owner">;

export interface Change {
  readonly operation: Operation;
  readonly owner: Owner;
  readonly urn: Urn;
  readonly type: TypeToken;
  readonly name: Kept<"name">;
  readonly paths: readonly PropertyPath[];
  /** Of a replacement: what makes it necessary. */
  readonly replacePaths: readonly PropertyPath[];
}

/** Something that was said of a resource, or of the program as a whole. */
export interface Note {
  readonly severity: "info" | "warning" | "error";
  readonly owner: Owner | undefined;
  readonly name: Kept<"name"> | undefined;
  readonly text:
    | { readonly kind: "message"; readonly message: Message }
    | { readonly kind: "policy"; readonly policy: Kept<"policy"> }
    /** It may hold values of properties, so only the run's own log has it. */
    | { readonly kind: "withheld" };
}

export interface Preview {
  readonly stack: string;
  readonly ended: Events["ended"];
  /** Worst first within an owner, owners by name. */
  readonly changes: readonly Change[];
  /** Resources that stay as they are. */
  readonly unchanged: number;
  readonly notes: readonly Note[];
}

/** Properties that whoever previews can't read, so that they would seem to have been removed. */
export interface Unseen {
  readonly type: string;
  readonly path: string;
}

/**
 * A ruleset's bypass actors are shown only to a token that may write the ruleset:
 * https://docs.github.com/rest/repos/rules#get-a-repository-ruleset
 */
export const unseenByReaders: readonly Unseen[] = [
  { type: "github:index/repositoryRuleset:RepositoryRuleset", path: "bypassActors" },
];

const ownerComponent = "ghcr-platform:index:ContainerService";

/**
 * Makes the model of a preview's events.
 * @param unseen differences that are left out, because nobody looked
 */
export function previewOf(stack: string, events: Events, unseen: readonly Unseen[] = []): Preview {
  const parents = new Map<string, Urn>();
  for (const { urn, parent } of events.steps) if (parent !== undefined) parents.set(urn, parent);
  const owner = (urn: Urn) => ownerOf(urn, parents);

  const byUrn = new Map<Urn, Step[]>();
  for (const step of events.steps.filter(isReal)) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  const changes: Change[] = [];
  let unchanged = 0;
  for (const [urn, steps] of byUrn) {
    const change = changeOf(urn, owner(urn), steps, unseen);
    if (change !== undefined) changes.push(change);
    else if (steps.some(({ operation }) => operation === "same" || operation === "update")) unchanged++;
  }
  return {
    stack,
    ended: events.ended,
    changes: changes.sort(byOwnerAndOperation),
    unchanged,
    notes: notesOf(events, owner),
  };
}

/** Those of these operations. */
export function changesOf(preview: Preview, ...wanted: readonly Operation[]): readonly Change[] {
  return preview.changes.filter(({ operation }) => wanted.includes(operation));
}

/** Numbers of each owner's changes, owners by name. */
export function countsByOwner(
  changes: readonly Change[],
): ReadonlyMap<Owner, Readonly<Record<Operation, number>>> {
  const counts = new Map<Owner, Record<Operation, number>>();
  for (const { owner, operation } of changes) {
    const own = counts.get(owner) ?? { delete: 0, replace: 0, forget: 0, import: 0, create: 0, update: 0 };
    own[operation]++;
    counts.set(owner, own);
  }
  return counts;
}

/** Components, providers and the stack itself are nothing that exists anywhere. */
function isReal({ custom, type }: Step): boolean {
  return custom && !type.startsWith("pulumi:");
}

function changeOf(
  urn: Urn,
  owner: Owner,
  steps: readonly Step[],
  unseen: readonly Unseen[],
): Change | undefined {
  const operation = operationOf(steps);
  if (operation === undefined) return undefined;
  const [first] = steps;
  const type = (first?.type ?? "") as TypeToken;
  const paths = [...new Set(steps.flatMap((step) => step.paths))];
  const seen = paths.filter((path) => !unseen.some((one) => one.type === type && isWithin(path, one.path)));
  if (operation === "update" && paths.length > 0 && seen.length === 0) return undefined;
  const replacePaths = [...new Set(steps.flatMap((step) => step.replacePaths))];
  return {
    operation,
    owner,
    urn,
    type,
    name: nameIn(urn),
    paths: operation === "update" || operation === "replace" ? seen : [],
    replacePaths: operation === "replace" ? replacePaths : [],
  };
}

/** The engine tells a replacement in up to three steps. */
function operationOf(steps: readonly Step[]): Operation | undefined {
  const is = (...wanted: readonly Step["operation"][]) =>
    steps.some(({ operation }) => wanted.includes(operation));
  if (is("replace", "create-replacement", "delete-replaced", "import-replacement")) return "replace";
  if (is("delete")) return steps.every(({ retained }) => retained) ? "forget" : "delete";
  if (is("import")) return "import";
  if (is("create")) return "create";
  return is("update") ? "update" : undefined;
}

function isWithin(path: string, whole: string): boolean {
  return path === whole || path.startsWith(`${whole}[`) || path.startsWith(`${whole}.`);
}

/** The nearest service around a resource; else the outermost component; else the stack. */
function ownerOf(urn: Urn, parents: ReadonlyMap<string, Urn>): Owner {
  let outermost: Urn | undefined;
  const seen = new Set<string>();
  for (let at: Urn | undefined = urn; at !== undefined && !seen.has(at); at = parents.get(at)) {
    seen.add(at);
    const type = typeInUrn(at);
    if (type === ownerComponent) return nameIn(at) as string as Owner;
    if (type !== "pulumi:pulumi:Stack" && at !== urn) outermost = at;
  }
  return (outermost === undefined ? "(stack)" : (nameIn(outermost) as string)) as Owner;
}

/** A name may hold `::` itself. */
function nameIn(urn: Urn): Kept<"name"> {
  return urn.split("::").slice(3).join("::") as Kept<"name">;
}

function notesOf({ diagnostics, violations }: Events, ownerOfUrn: (urn: Urn) => Owner): readonly Note[] {
  const of = (urn: Urn | undefined) =>
    urn === undefined || typeInUrn(urn) === "pulumi:pulumi:Stack"
      ? { owner: undefined, name: undefined }
      : { owner: ownerOfUrn(urn), name: nameIn(urn) };
  const notes: Note[] = [
    ...diagnostics.map(({ severity, urn, message }): Note => ({
      severity,
      ...of(urn),
      text: message === undefined ? { kind: "withheld" } : { kind: "message", message },
    })),
    ...violations.map(({ urn, policy, mandatory }): Note => ({
      severity: mandatory ? "error" : "warning",
      ...of(urn),
      text: { kind: "policy", policy },
    })),
  ];
  const once = new Map(notes.map((note) => [JSON.stringify(note), note]));
  return [...once].sort(([a], [b]) => compare(a, b)).map(([, note]) => note);
}

function byOwnerAndOperation(a: Change, b: Change): number {
  return (
    compare(a.owner, b.owner) ||
    operations.indexOf(a.operation) - operations.indexOf(b.operation) ||
    compare(a.name, b.name) ||
    compare(a.urn, b.urn)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
