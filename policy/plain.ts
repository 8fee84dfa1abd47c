/** From what the policy SDK hands over to the plain data that rules are functions of. */
import type { PolicyResource } from "@pulumi/policy";
import { unknownValue, type Props, type StackResource } from "../core/policy";

/** Properties with `unknownValue` for what a preview doesn't know: the SDK throws where such a one is read. */
export function plainProps(props: Readonly<Record<string, unknown>>): Props {
  return plain(props) as Props;
}

/** Properties are read once they are asked for: a rule asks for those of a few types. */
export function stackResources(resources: readonly PolicyResource[]): readonly StackResource[] {
  return resources.map(({ type, name, urn, props, parent, dependencies }) => {
    let read: Props | undefined;
    return {
      type,
      name,
      urn,
      get props() {
        return (read ??= plainProps(props));
      },
      parent: parent?.urn,
      dependencies: dependencies.map((dependency) => dependency.urn),
    };
  });
}

function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return Array.from({ length: value.length }, (_, index) => plain(read(value, index)));
  return Object.fromEntries(Object.keys(value).map((key) => [key, plain(read(value, key))]));
}

function read(owner: object, key: string | number): unknown {
  try {
    return (owner as Record<string | number, unknown>)[key];
  } catch {
    return unknownValue;
  }
}
