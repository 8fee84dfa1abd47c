/** What an environment may not run. */
import { textAt, types, type ResourceFacts } from "../resource";
import type { Finding, Rule } from "../rule";

/** A reference of an image by the tag `latest`, or that tag alone. */
const latest = /(^|[\s"'=/][\w.-]+:|^[\w.-]+:)latest($|[\s"'])|^latest$/i;

export const noLatest: Rule = {
  name: "no-latest-in-environment",
  level: "mandatory",
  description: "An environment runs what was promoted to it, never what `latest` happens to be.",
  resource: {
    types: [types.environment, types.environmentVariable],
    check: (resource) => (resource.type === types.environment ? ofName(resource) : ofValue(resource)),
  },
};

function ofName({ props }: ResourceFacts): readonly Finding[] {
  if (!/^latest$|-latest$/i.test(textAt(props, "environment") ?? "")) return [];
  return [
    {
      where: "environment",
      problem: "is named after the tag that every push to the default branch moves",
      fix: "name it like staging or production: promotion moves the tag of an environment's name",
    },
  ];
}

function ofValue({ props }: ResourceFacts): readonly Finding[] {
  if (!latest.test(textAt(props, "value") ?? "")) return [];
  return [
    {
      where: "value",
      problem: "lets an environment run whatever was pushed last",
      fix: "name the image by digest or by the environment's own tag, which promotion moves",
    },
  ];
}
