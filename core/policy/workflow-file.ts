/** Workflow files as GitHub reads them, whoever wrote them. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type YAMLMap } from "yaml";

/** One job of a workflow. */
export interface FileJob {
  readonly id: string;
  /** What GitHub reports it as: its name, else its id. */
  readonly name: string;
  readonly needs: readonly string[];
  /** The text of its condition, without `${{ }}`. */
  readonly condition: string | undefined;
  /** Whether its token, or the workflow's, may write packages. */
  readonly writesPackages: boolean;
  /** The environment that it names, fixed or as an expression. */
  readonly environment: Located | undefined;
  /** Whether a step of it builds or pushes images, by a known action or by a program that does. */
  readonly handlesImages: boolean;
}

export interface Located {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export interface WorkflowFile {
  readonly jobs: readonly FileJob[];
  /** Every action and reusable workflow that it uses. */
  readonly uses: readonly Located[];
}

/** Whether GitHub runs a file of this path: a workflow, or an action of the repository's own. */
export function isRun(path: string): boolean {
  return isWorkflow(path) || /(^|\/)action\.ya?ml$/.test(path);
}

export function isWorkflow(path: string): boolean {
  return /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

/** What was read last: several rules look at one file, one after the other. */
const known = new Map<string, WorkflowFile | undefined>();

/** Reads a workflow or an action; undefined where it is no YAML map, which GitHub doesn't run. */
export function readWorkflowFile(content: string): WorkflowFile | undefined {
  if (!known.has(content)) known.set(content, read(content));
  return known.get(content);
}

function read(content: string): WorkflowFile | undefined {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, logLevel: "silent" });
  if (document.errors.length > 0 || !isMap(document.contents)) return undefined;
  const located = (node: Node): Located => {
    const meant = isAlias(node) ? node.resolve(document) : node;
    return {
      text: isScalar(meant) ? String(meant.value) : "",
      line: lines.linePos(node.range?.[0] ?? 0).line,
    };
  };
  const writesAll = mayWritePackages(document.contents);
  return {
    jobs: maps(document.contents.get("jobs", true)).map(([id, job]) => ({
      id,
      name: scalar(job, "name") ?? id,
      needs: texts(job.get("needs", true)),
      condition: scalar(job, "if")?.replace(/^\$\{\{\s*(.*?)\s*\}\}$/, "$1"),
      writesPackages: job.has("permissions") ? mayWritePackages(job) : writesAll,
      environment: environmentOf(job, located),
      handlesImages: steps(job).some(handlesImages),
    })),
    uses: usesBelow(document.contents, located),
  };
}

/** Moving a tag by `ghcr promote` and deleting versions write packages too, and push nothing. */
function handlesImages(step: YAMLMap): boolean {
  return (
    /^(docker\/(build-push|bake)-action|redhat-actions\/push-to-registry)@/.test(
      scalar(step, "uses") ?? "",
    ) ||
    /\b(docker|podman|buildah|buildctl|skopeo|crane|oras|ko)\b|\bghcr image (assemble|tag)\b/.test(
      scalar(step, "run") ?? "",
    )
  );
}

function environmentOf(job: YAMLMap, located: (node: Node) => Located): Located | undefined {
  const named = job.get("environment", true) as Node | undefined;
  const node = isMap(named) ? (named.get("name", true) as Node | undefined) : named;
  return node === undefined ? undefined : located(node);
}

/** `packages: write` or `write-all`; without any `permissions` the repository's setting counts, which is checked. */
function mayWritePackages(owner: YAMLMap): boolean {
  const permissions = owner.get("permissions", true);
  if (isScalar(permissions)) return permissions.value === "write-all";
  return isMap(permissions) && scalar(permissions, "packages") === "write";
}

function usesBelow(node: unknown, located: (node: Node) => Located): Located[] {
  if (isSeq(node)) return node.items.flatMap((item) => usesBelow(item, located));
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) =>
    isScalar(key) && key.value === "uses" && (isScalar(value) || isAlias(value))
      ? [located(value)]
      : // What a step passes on may have any key.
        isScalar(key) && (key.value === "with" || key.value === "env")
        ? []
        : usesBelow(value, located),
  );
}

function steps(job: YAMLMap): readonly YAMLMap[] {
  const node = job.get("steps", true);
  return isSeq(node) ? node.items.filter((item) => isMap(item)) : [];
}

function maps(node: unknown): readonly (readonly [string, YAMLMap])[] {
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) =>
    isScalar(key) && isMap(value) ? [[String(key.value), value] as const] : [],
  );
}

function scalar(map: YAMLMap, key: string): string | undefined {
  const value = map.get(key, true);
  return isScalar(value) && value.value !== null ? String(value.value) : undefined;
}

function texts(node: unknown): readonly string[] {
  if (isScalar(node)) return [String(node.value)];
  return isSeq(node) ? node.items.flatMap((item) => (isScalar(item) ? [String(item.value)] : [])) : [];
}
