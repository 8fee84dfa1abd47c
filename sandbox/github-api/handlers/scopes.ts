/** Where Actions secrets and variables live: in a repository or in one of its environments. */
import { ApiError, notFound } from "../pipeline/errors";
import type { Environment } from "../state/tables";
import { param, repositoryOf, type Call } from "./call";

/** `repository:<id>`, or `environment:<id>` where the path names an environment. */
export function scopeOf(call: Call): string {
  return "environment_name" in call.params
    ? `environment:${environmentOf(call).id}`
    : `repository:${repositoryOf(call).id}`;
}

/** @throws ApiError 404 */
export function environmentOf(call: Call): Environment {
  const environment = call.state.environment(repositoryOf(call).id, param(call, "environment_name"));
  if (environment === undefined) throw notFound();
  return environment;
}

/**
 * The name as GitHub keeps it: upper-case; letters, digits and underscores, no digit first, no `GITHUB_` prefix.
 * @throws ApiError 422
 */
export function storedName(kind: "Secret" | "Variable", name: string): string {
  const stored = name.toUpperCase();
  if (!/^[A-Z_][A-Z0-9_]*$/.test(stored)) {
    const rule = "can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). ";
    throw new ApiError(
      422,
      `${kind} names ${rule}Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).`,
    );
  }
  if (stored.startsWith("GITHUB_")) throw new ApiError(422, `${kind} names must not start with GITHUB_.`);
  return stored;
}
