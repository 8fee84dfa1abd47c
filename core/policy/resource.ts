/** What a rule sees of a resource: plain data, as the engine is told it. Secrets are in it in the clear. */

/** A resource by itself, as it is about to be made or changed. */
export interface ResourceFacts {
  /** Its type's token, e.g. `github:index/repositoryFile:RepositoryFile`. */
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Props;
}

/** A resource among all of its stack. */
export interface StackResource extends ResourceFacts {
  /** URN of the component that it belongs to. */
  readonly parent: string | undefined;
  /** URNs of what it takes values from or waits for. */
  readonly dependencies: readonly string[];
}

export type Props = Readonly<Record<string, unknown>>;

/** Stands for a value that a preview doesn't know yet: nothing is held against it until it is known. */
export const unknownValue = Symbol("not known yet");

/** What lies at a path of properties; undefined where nothing does. */
export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const key of path) {
    if (found === unknownValue) return unknownValue;
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}

/** The text at a path; undefined where there is none, or none yet. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** The list at a path; empty where there is none, or none yet. */
export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The members of a map at a path; none where there is none, or none yet. */
export function entriesAt(
  value: unknown,
  ...path: readonly (string | number)[]
): readonly (readonly [string, unknown])[] {
  const found = valueAt(value, ...path);
  return typeof found === "object" && found !== null && !Array.isArray(found) ? Object.entries(found) : [];
}

/** A file that a resource puts into a repository. */
export interface DeclaredFile {
  readonly path: string;
  readonly content: string;
  /** The property that holds its content. */
  readonly where: string;
}

/** Files of a `RepositoryFile` or of a `FileSet`, as far as they are known. */
export function filesIn({ type, props }: ResourceFacts): readonly DeclaredFile[] {
  if (type === types.fileSet) {
    return entriesAt(props, "files").flatMap(([path, content]) =>
      typeof content === "string" ? [{ path, content, where: `files[${JSON.stringify(path)}]` }] : [],
    );
  }
  const [path, content] = [textAt(props, "file"), textAt(props, "content")];
  return path === undefined || content === undefined ? [] : [{ path, content, where: "content" }];
}

/** Tokens of the types that rules look at. */
export const types = {
  actionsPermissions: "github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions",
  builder: "docker:index/buildxBuilder:BuildxBuilder",
  command: "command:local:Command",
  environment: "github:index/repositoryEnvironment:RepositoryEnvironment",
  environmentVariable: "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable",
  file: "github:index/repositoryFile:RepositoryFile",
  fileSet: "ghcr:index:FileSet",
  image: "docker-build:index:Image",
  package: "ghcr-platform:index:GhcrPackage",
  repository: "github:index/repository:Repository",
  ruleset: "github:index/repositoryRuleset:RepositoryRuleset",
  variable: "github:index/actionsVariable:ActionsVariable",
} as const;
