/** The name of a service: the last part of its image's name. */
import type { Fault } from "../errors";
import { checked } from "./checked";

declare const brand: unique symbol;

/** Lower-case letters and digits in parts that single hyphens join, 1 to 100 characters: `hello-python`. */
export type ServiceName = string & { readonly [brand]: "ServiceName" };

/**
 * A subset of what the OCI distribution specification 1.1 ("Pulling manifests") lets a part of a `<name>` be,
 * `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`: of its separators only the single hyphen is left, so that no two services
 * differ by a separator alone.
 */
const grammar = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/**
 * As long as a repository's name may be on GitHub, which a service often shares. GitHub publishes no limit for a
 * package's name; with the longest owner, ghcr.io/<39>/<100> stays far below the 255 characters of a whole name.
 */
const longest = 100;

/**
 * The service that a free spelling means: `hello_python`, `Hello Python` and `hello.python` are `hello-python`.
 *
 * The rule: spaces around it go, `A` to `Z` become `a` to `z`, and each run of `_`, `.`, `-` and spaces between
 * letters or digits becomes one hyphen. Nothing else changes, so what could mean more than one name is refused: a
 * separator at either end, letters outside of ASCII (which have no one spelling in it), `/`, other white space.
 * Applied twice it changes nothing.
 * @throws PlatformError `invalid-service-name`
 */
export function serviceName(text: string, where = "service name"): ServiceName {
  const name = normalise(text);
  const fault = serviceNameFault(where, name);
  return checked(name, fault === undefined ? undefined : { ...fault, got: text });
}

/**
 * A name that must be written in its one spelling already.
 * @throws PlatformError `invalid-service-name`
 */
export function parseServiceName(where: string, text: string): ServiceName {
  return checked(text, serviceNameFault(where, text));
}

/** What is wrong with a name as it is declared; nothing is normalised, but the normalised name is proposed. */
export function serviceNameFault(where: string, name: string): Fault | undefined {
  if (isServiceName(name)) return undefined;
  const suggestion = normalise(name);
  return {
    code: "invalid-service-name",
    where,
    problem: `must be lower-case letters and digits in parts joined by single hyphens, at most ${longest} characters`,
    got: name,
    fix: isServiceName(suggestion) ? `write "${suggestion}"` : "choose another name",
  };
}

/** Groups of names that are one service's name by the rule of `serviceName`, each group in the order given. */
export function collisions(names: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const key = normalise(name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [name]);
    else group.push(name);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function isServiceName(text: string): boolean {
  return text.length <= longest && grammar.test(text);
}

/** ASCII letters only: `toLowerCase` alone also turns the Kelvin sign into a `k`. */
function normalise(text: string): string {
  return text
    .replace(/^ +/, "")
    .replace(/(?<! ) +$/, "")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(/(?<=[a-z0-9])[ ._-]+(?=[a-z0-9])/g, "-");
}
