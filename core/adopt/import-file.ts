/**
 * The engine's import file (`pulumi import --file`), from the one that a preview writes of all that it would create:
 * names, parents and providers are the engine's own words, and only ids are added.
 */
import { z } from "zod";
import type { RepositoryFacts } from "./facts";
import { importId, isImportable } from "./import-ids";
import { below, nameOf, typeOf, type PreviewedResource } from "./preview";

const entry = z.looseObject({
  type: z.string(),
  name: z.string(),
  logicalName: z.string().optional(),
  id: z.string().optional(),
  parent: z.string().optional(),
  provider: z.string().optional(),
  component: z.boolean().optional(),
});
const skeleton = z.looseObject({
  nameTable: z.record(z.string(), z.string()).optional(),
  resources: z.array(entry).optional(),
});

type Entry = z.infer<typeof entry>;

export interface Imports {
  /** The file's text. */
  readonly file: string;
  /** URNs of what a provider reads, in the program's order. */
  readonly resources: readonly string[];
  /** URNs of what belongs to the repository and isn't there, or isn't so: the next update makes it. */
  readonly missing: readonly string[];
  /** URNs of what is made anew from its source, such as images: nothing of it can be imported. */
  readonly rebuilt: readonly string[];
}

/**
 * @param written the import file of the preview
 * @param previewed what the same preview says
 * @param roots names of the components that the repository's resources are below
 */
export function importsOf(
  written: string,
  previewed: readonly PreviewedResource[],
  roots: readonly string[],
  facts: RepositoryFacts,
): Imports {
  const { nameTable = {}, resources = [] } = skeleton.parse(JSON.parse(written));
  const entries = new Map(resources.map((each) => [key(each.type, each.logicalName ?? each.name), each]));
  const own = below(previewed, roots).filter(({ op }) => op === "create" || op === "import");

  const chosen: Entry[] = [];
  const found: Record<"resources" | "missing" | "rebuilt", string[]> = {
    resources: [],
    missing: [],
    rebuilt: [],
  };
  for (const resource of own) {
    const given = entries.get(key(resource.type, resource.name)) ?? entryOf(resource, entries, nameTable);
    if (!resource.custom) chosen.push(given);
    else if (!isImportable(resource.type)) found.rebuilt.push(resource.urn);
    else {
      const id = importId(resource.type, resource.inputs, facts);
      // Comparing with GitHub makes nothing there: where there is no package, there is nothing to compare with yet.
      if (id === undefined && !comparesAlone.includes(resource.type)) found.missing.push(resource.urn);
      if (id === undefined) continue;
      chosen.push({ ...given, id });
      found.resources.push(resource.urn);
    }
  }
  const providers = resources.filter(
    ({ type, name }) =>
      type.startsWith("pulumi:providers:") && chosen.some(({ provider }) => provider === name),
  );
  const file = { nameTable, resources: [...providers, ...chosen] };
  return { ...found, file: `${JSON.stringify(file, undefined, 2)}\n` };
}

/** What makes nothing on GitHub. */
const comparesAlone = ["ghcr:index:Package", "ghcr:index:Retention"];

/** What the program imports by itself is no creation, so the engine's file lacks it. */
function entryOf(
  { type, name, parent, provider }: PreviewedResource,
  entries: ReadonlyMap<string, Entry>,
  nameTable: Readonly<Record<string, string>>,
): Entry {
  const called = (urn: string): string | undefined =>
    entries.get(key(typeOf(urn), nameOf(urn)))?.name ??
    Object.entries(nameTable).find(([, known]) => known === urn)?.[0];
  const [above, through] = [called(parent), called(provider)];
  return {
    ...{ type, name },
    ...(above === undefined ? {} : { parent: above }),
    ...(through === undefined ? {} : { provider: through }),
  };
}

function key(type: string, name: string): string {
  return `${type}::${name}`;
}
