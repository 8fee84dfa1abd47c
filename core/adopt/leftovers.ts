/** What a declaration leaves over of a repository's workflows, secrets, packages and the like. */
import type { RepositoryFacts } from "./facts";
import { leftAlone, type Note } from "./notes";

/** A workflow file that the platform would render, beside what the repository holds. */
export interface RenderedFile {
  readonly path: string;
  readonly is: "there" | "different" | "absent";
}

export function workflowNotes(
  { workflows: files }: RepositoryFacts,
  workflows: "rendered" | "kept",
  rendered: readonly RenderedFile[],
): readonly Note[] {
  return files.flatMap(({ path }): Note[] => {
    const own = workflows === "kept" ? undefined : rendered.find((file) => file.path === path);
    if (own?.is === "there") return [];
    if (own === undefined)
      return [leftAlone(`workflow ${path}`, `blob/HEAD/${path}`, "it is the repository's own")];
    const why = "it differs from what the platform renders, and the next update writes that in its place";
    return [{ kind: "to-decide", what: `workflow ${path}`, where: `blob/HEAD/${path}`, why }];
  });
}

/** Of settings for bots that are the repository's own. */
export function updateNotes({ updateSettings }: RepositoryFacts): readonly Note[] {
  return updateSettings.map(({ path }) =>
    leftAlone(`settings ${path}`, `blob/HEAD/${path}`, "they are the repository's own"),
  );
}

export function secretNotes(
  facts: RepositoryFacts,
  service: string,
  values: readonly string[],
): readonly Note[] {
  const keys = [
    ...facts.secrets,
    ...facts.environments.flatMap(({ name, secrets }) => secrets.map((secret) => `${name}/${secret}`)),
  ];
  return keys
    .filter((key) => !values.includes(key))
    .map((key) =>
      leftAlone(
        `secret ${key}`,
        "settings/secrets/actions",
        "nobody can read its value; to declare it, name it in `secrets` and give the stack its value under " +
          `ghcr-platform:secrets["${service}"]["${key}"]`,
      ),
    );
}

export function actionsNotes({ actions }: RepositoryFacts): readonly Note[] {
  if (actions.enabled && actions.allowed === "all") return [];
  const why = actions.enabled ? `only some actions are allowed (${actions.allowed})` : "Actions are off";
  return [leftAlone("what Actions may do", "settings/actions", why)];
}

export function packageNotes(facts: RepositoryFacts, service: string): readonly Note[] {
  if (facts.packages === undefined) {
    const why = "this token isn't shown them: a classic one with read:packages is";
    return [{ kind: "to-decide", what: "packages", where: "", why }];
  }
  return facts.packages.map(({ name, visibility, versions, history, repository }) => {
    const counts = Object.entries(history).map(([kind, count]) => `${count} ${kind}`);
    const held = `${visibility}, ${versions} versions: ${counts.join(", ")}`;
    if (name !== service) return leftAlone(`package ${name}`, "", `it belongs to no service here (${held})`);
    const unlinked = repository === undefined ? "; GitHub shows no repository that it belongs to" : "";
    return leftAlone(`package ${name}`, "", `its images stay as they are (${held}${unlinked})`);
  });
}

export function dockerfileNotes({ dockerfiles }: RepositoryFacts): readonly Note[] {
  if (dockerfiles.length === 1 || dockerfiles.includes("Dockerfile")) return [];
  const why =
    dockerfiles.length === 0
      ? "there is none on the default branch"
      : `there are several (${dockerfiles.slice(0, 3).join(", ")}); say which in \`dockerfile\``;
  return [{ kind: "to-decide", what: "Dockerfile", where: "", why }];
}
