/**
 * `ghcr:index:Package`: who is meant to see a package and which repository it is meant to belong to, compared with
 * what GitHub shows. GitHub's API can't write either, so nothing is ever written: a difference is a warning with the
 * page where a person changes it, and a refresh shows it as drift. Deleting the resource forgets the declaration.
 */
import type { PackageState } from "../../clients/packages";
import { repositoryFullNameFault, sameRepository } from "../../core/names";
import { checkInputs, textField, type Fields } from "../inputs";
import type { Look } from "../package-reader";
import { sameValue, UNKNOWN, type Properties } from "../wire";
import { idOf, nameFields, packageNameIn, packageNameOf } from "./names";
import type { Context, ResourceKind } from "./resource";

const visibilities = ["public", "private", "internal"];

const fields: Fields = {
  ...nameFields,
  visibility: {
    faults: (value, property) =>
      visibilities.includes(value as string)
        ? []
        : [{ property, reason: `must be one of ${visibilities.join(", ")} (got ${JSON.stringify(value)})` }],
  },
  repository: textField(repositoryFullNameFault, { optional: true }),
};

/** Properties that come from GitHub alone. */
const found = ["exists", "settingsUrl", "actualVisibility", "actualRepository"];

export const packageKind: ResourceKind = {
  check: (news) => checkInputs(news, fields),

  diff(context, urn, oldInputs, news, state) {
    const changed = Object.keys(fields).filter((name) => !sameInput(name, oldInputs[name], news[name]));
    // An update looks at GitHub; without one, what was seen last is told again and costs nothing.
    if (changed.length === 0 && state["exists"] === true) {
      for (const difference of differences(news, state))
        context.log.warn(`${difference} (when GitHub was last asked; \`pulumi refresh\` asks again)`, urn);
    }
    return { changed, replaces: changed.filter((name) => name in nameFields) };
  },

  async create(context, urn, inputs, preview) {
    const properties = await compared(context, urn, inputs);
    const name = packageNameOf(inputs);
    return preview || name === undefined ? { properties } : { id: idOf(name), properties };
  },

  update: (context, urn, { inputs }) => compared(context, urn, inputs),

  async read(context, urn, known) {
    const name = packageNameIn(known.id);
    const look = await context.reader.state(name);
    const isImport = known.inputs["name"] === undefined;
    if (look.is === "unknown") {
      if (isImport) throw new Error(look.why);
      context.log.notSeen(look, `${known.id} was not compared with GitHub`, urn);
      return known;
    }
    if (look.is === "absent") {
      // Declared before its first push it stays declared; what was there and is gone is drift.
      if (isImport || known.properties["exists"] === true) return undefined;
      return { ...known, properties: { ...known.properties, exists: false } };
    }
    const declared = isImport ? { ...name, repository: look.seen.repository ?? undefined } : known.inputs;
    const inputs = { ...declared, ...shown(declared, look.seen) };
    return { id: idOf(name), inputs, properties: { ...inputs, ...facts(look) } };
  },

  delete(context, urn, state) {
    context.log.info(
      `${String(state["owner"])}/${String(state["name"])} is declared no longer; the package and its images stay`,
      urn,
    );
  },
};

/** Looks at the package, says where it differs, and gives the properties that follow. */
async function compared(context: Context, urn: string, inputs: Properties): Promise<Properties> {
  const name = packageNameOf(inputs);
  if (name === undefined) return { ...inputs, ...Object.fromEntries(found.map((fact) => [fact, UNKNOWN])) };
  const look = await context.reader.state(name);
  if (look.is === "unknown") context.log.notSeen(look, `${idOf(name)} was not compared with GitHub`, urn);
  if (look.is === "absent") {
    context.log.info(
      `GitHub shows no package ${idOf(name)} yet: the first push creates it, private and linked by the image's ` +
        "source label",
      urn,
    );
  }
  if (look.is !== "there") return { ...inputs, ...facts(look) };
  if (inputs["repository"] !== undefined && look.seen.repository === null) {
    context.log.warn(
      `GitHub shows no repository that ${idOf(name)} belongs to: it has none, or none that the token may see. ` +
        `A person links one on ${look.seen.settingsUrl}`,
      urn,
    );
  }
  const properties = { ...inputs, ...facts(look) };
  for (const difference of differences(inputs, properties)) context.log.warn(difference, urn);
  return properties;
}

/** What GitHub shows in place of what is declared. What it doesn't show is not taken for a difference. */
function shown(declared: Properties, { facts: { visibility }, repository }: PackageState): Properties {
  const asDeclared = sameInput("repository", declared["repository"], repository);
  return {
    ...(visibility === null ? {} : { visibility }),
    ...(declared["repository"] === undefined || repository === null || asDeclared ? {} : { repository }),
  };
}

/** What was found, beside what is declared. */
function facts(look: Look<PackageState>): Properties {
  if (look.is === "unknown") return {};
  if (look.is === "absent") return { exists: false };
  const { settingsUrl, repository, facts: found } = look.seen;
  return {
    ...{ exists: true, settingsUrl },
    ...(found.visibility === null ? {} : { actualVisibility: found.visibility }),
    ...(repository === null ? {} : { actualRepository: repository }),
  };
}

/** A sentence for each thing that was found to be other than it is declared. */
function differences(declared: Properties, found: Properties): string[] {
  const name = `${String(declared["owner"])}/${String(declared["name"])}`;
  const page = `GitHub's API can't change that; a person can, on ${String(found["settingsUrl"])}`;
  const differs = (input: string, actual: string): boolean =>
    ![declared[input], found[actual]].some((value) => value === undefined || value === UNKNOWN) &&
    !sameInput(input, declared[input], found[actual]);
  return [
    ...(differs("visibility", "actualVisibility")
      ? [
          `${name} is ${String(found["actualVisibility"])} and declared ${String(declared["visibility"])}. ${page}`,
        ]
      : []),
    ...(differs("repository", "actualRepository")
      ? [
          `${name} belongs to the repository ${String(found["actualRepository"])} and is declared to belong to ` +
            `${String(declared["repository"])}. ${page}`,
        ]
      : []),
  ];
}

function sameInput(name: string, one: unknown, other: unknown): boolean {
  if (name === "repository" && typeof one === "string" && typeof other === "string")
    return sameRepository(one, other);
  return sameValue(one, other);
}
