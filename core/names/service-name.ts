/** The name of a service: the last part of its image's name. */
import { PlatformError, type Fault } from "../errors";

declare const brand: unique symbol;

/** Lower-case letters and digits in parts that single hyphens join, 1 to 100 characters. */
export type ServiceName = string & { readonly [brand]: "ServiceName" };

/**
 * A subset of the OCI distribution specification's path component, `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`: of the
 * ways to join words only one hyphen is left, so that no two services differ by a sign alone.
 */
const grammar = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** GitHub's limit of a repository's name, which a service may share: longer ones would fail later. */
const longest = 100;

/**
 * The service's name that a free spelling stands for: `hello_python`, `Hello Python` and `hello.python` are all
 * `hello-python`. Letters go to lower case; every run of spaces, `_`, `.` and `-` becomes one hyphen; those at
 * the ends go. Anything else (`/`, `é`) has no one meaning and is refused. Applying it twice changes nothing.
 * @throws PlatformError
 */
export function serviceName(text: string, where = "service name"): ServiceName {
  const name = normalise(text);
  const fault = serviceNameFault(where, name);
  if (fault !== undefined) throw new PlatformError({ ...fault, got: text });
  return name as ServiceName;
}

/** What is wrong with a name as it is declared; nothing is normalised. */
export function serviceNameFault(where: string, name: string): Fault | undefined {
  if (grammar.test(name) && name.length <= longest) return undefined;
  const suggestion = normalise(name);
  return {
    code: "invalid-service-name",
    where,
    problem: `must be lower-case letters and digits in parts joined by single hyphens, at most ${longest} characters`,
    got: name,
    fix:
      grammar.test(suggestion) && suggestion.length <= longest
        ? `write "${suggestion}"`
        : "choose another name",
  };
}

/** Groups of names that are one service's name by the rule above, each group in the order given. */
export function collisions(names: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const name of names) groups.set(normalise(name), [...(groups.get(normalise(name)) ?? []), name]);
  return [...groups.values()].filter((group) => group.length > 1);
}

function normalise(text: string): string {
  return text
    .toLowerCase()
    .replace(/[\s._-]+/g, "-")
    .replace(/^-|-$/g, "");
}
