/** Holding what comes in and what goes out to GitHub's description. */
import type { Reply } from "../handlers/call";
import type { CheckError, Description, Operation } from "./description";
import { ApiError, validationFailed, type FieldError } from "./errors";
import type { Request } from "./request";

type Values = Record<string, unknown>;

/** @throws ApiError 400 for what is no JSON object, 422 for what the description doesn't allow */
export function checkedBody(description: Description, operation: Operation, request: Request): Values {
  const check = description.requestBody(operation);
  // A body that the operation doesn't take is ignored, as GitHub does.
  if (check === undefined) return {};
  const body = parseBody(request.body);
  if (body === undefined) {
    if (description.requiresBody(operation)) throw new ApiError(400, "Body should be a JSON object");
    return {};
  }
  if (!check(body)) throw validationFailed(...fieldErrors(operation, check.errors ?? []));
  return body;
}

/** Undefined: there is none. @throws ApiError 400 */
export function parseBody(raw: Buffer): Values | undefined {
  if (raw.length === 0) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(raw.toString("utf8"));
  } catch {
    throw new ApiError(400, "Problems parsing JSON");
  }
  if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed)) {
    throw new ApiError(400, "Body should be a JSON object");
  }
  return parsed as Values;
}

/** The query with the types that the operation names. @throws ApiError 422 */
export function checkedQuery(description: Description, operation: Operation, query: URLSearchParams): Values {
  const values: Values = Object.fromEntries(query);
  // GitHub takes any number here, and uses what it can.
  for (const name of ["page", "per_page"]) delete values[name];
  const check = description.query(operation);
  if (!check(values)) throw validationFailed(...fieldErrors(operation, check.errors ?? []));
  return values;
}

function fieldErrors(operation: Operation, errors: readonly CheckError[]): FieldError[] {
  const resource = operation.id.split("/")[0] ?? operation.id;
  const found = errors.map((error): FieldError => {
    if (error.keyword === "required") {
      const field = pathOf(error, String(error.params["missingProperty"]));
      return { resource, field, code: "missing_field" };
    }
    const extra =
      error.keyword === "additionalProperties" ? String(error.params["additionalProperty"]) : undefined;
    return {
      resource,
      field: pathOf(error, extra),
      code: "invalid",
      message: error.message ?? error.keyword,
    };
  });
  const seen = new Set<string>();
  return found.filter(({ field, code }) => {
    const key = `${field} ${code}`;
    return !seen.has(key) && seen.add(key);
  });
}

function pathOf(error: CheckError, last: string | undefined): string {
  const path = error.instancePath.split("/").filter((part) => part !== "");
  return [...path, ...(last === undefined ? [] : [last])].join(".");
}

/**
 * What is wrong with an own answer, a sentence each; empty for one that GitHub could have given. Errors need no
 * entry of their own in the description: GitHub documents few of those that it sends.
 */
export function answerFaults(
  description: Description,
  operation: Operation,
  reply: Reply,
  body: unknown,
): string[] {
  const check = description.response(operation, reply.status);
  if (check === undefined) {
    return reply.status >= 400 ? [] : [`${operation.id} answers ${reply.status}, which is not documented`];
  }
  if (check === "empty") {
    return body === undefined
      ? []
      : [`${operation.id} answers ${reply.status} with a body, documented without`];
  }
  if (check(body)) return [];
  return (check.errors ?? []).map(
    (error) => `${operation.id} ${reply.status}: ${error.instancePath} ${error.message}`,
  );
}
