/** Tags that promotion moves: an environment's name. */
import { PlatformError, type Fault } from "../errors";
import { parseTag, tagFault, type Tag } from "../names";
import { classifyTag } from "./classes";

/**
 * The tag of an environment, which is its name.
 * @throws PlatformError `invalid-environment-tag`
 */
export function environmentTag(where: string, environment: string): Tag {
  const fault = environmentTagFault(where, environment);
  if (fault !== undefined) throw new PlatformError(fault);
  return parseTag(where, environment);
}

/** Where the tag of an environment's last promotion record begins; the environment's name follows. */
export const recordTagPrefix = "promotion-";

/**
 * A name that is no tag, or that would take the tag of a build or of another environment's record: promotion and
 * publishing must not meet.
 */
export function environmentTagFault(where: string, environment: string): Fault | undefined {
  const illegal = tagFault(where, environment) ?? tagFault(where, recordTagPrefix + environment);
  const taken = classifyTag(environment);
  const record = environment.startsWith(recordTagPrefix);
  if (illegal === undefined && taken === "unknown" && !record) return undefined;
  return {
    code: "invalid-environment-tag",
    where,
    problem:
      illegal?.problem ??
      (record
        ? "is the tag of an environment's last promotion record"
        : `is also a tag of class ${taken}, which publishing and not promotion moves`),
    got: environment,
    fix: "name the environment like development, staging or production",
  };
}
