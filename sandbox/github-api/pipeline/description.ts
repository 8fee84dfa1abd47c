/** GitHub's API as described: its operations, and lazily compiled checks of what they take and give. */
import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenApi } from "../description/trim";
import { deviations } from "./deviations";

/** A documented operation. Whole ones can be validated; of the others only the name is known. */
export interface Operation {
  /** GitHub's operationId, e.g. `repos/get`. */
  readonly id: string;
  readonly method: string;
  /** E.g. `/repos/{owner}/{repo}`. */
  readonly template: string;
  readonly documentationUrl: string | undefined;
  readonly whole: boolean;
}

interface DescribedOperation {
  readonly operationId: string;
  readonly externalDocs?: { readonly url: string };
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, unknown> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Record<string, unknown>; readonly $ref?: string }>
  >;
}

interface Parameter {
  readonly name: string;
  readonly in: "query" | "path" | "header";
  readonly required?: boolean;
  readonly schema: Readonly<Record<string, unknown>>;
}

export type Check = ValidateFunction;
export type CheckError = ErrorObject;

export class Description {
  readonly operations: readonly Operation[];
  readonly #document: OpenApi;
  readonly #strict = newAjv(false);
  readonly #coercing = newAjv(true);
  readonly #checks = new Map<string, Check | undefined>();

  constructor(document: OpenApi) {
    this.#document = withDeviations(document);
    this.#strict.addSchema({ $id: "github", ...this.#document });
    this.#coercing.addSchema({ $id: "github", ...this.#document });
    this.operations = [...wholeOperations(this.#document), ...otherOperations(this.#document)];
  }

  static #committed: Description | undefined;

  /** The committed copy; one for all who ask, so that a check is compiled once. */
  static committed(): Description {
    return (Description.#committed ??= Description.#read());
  }

  static #read(): Description {
    const file = join(__dirname, "..", "description", "github.json");
    return new Description(JSON.parse(readFileSync(file, "utf8")) as OpenApi);
  }

  /** Checks a JSON body sent to the operation; undefined where it takes none. */
  requestBody(operation: Operation): Check | undefined {
    const described = this.#described(operation).requestBody;
    if (described === undefined || !("application/json" in described.content)) return undefined;
    return this.#check(this.#pointer(operation, "requestBody", "content", "application/json", "schema"));
  }

  requiresBody(operation: Operation): boolean {
    return this.#described(operation).requestBody?.required === true;
  }

  /** Checks the query as an object of strings, and turns them into the types that the operation names. */
  query(operation: Operation): Check {
    const key = `query ${operation.id}`;
    const known = this.#checks.get(key);
    if (known !== undefined) return known;
    const parameters = (this.#described(operation).parameters ?? []).map((one) => this.#parameter(one));
    const queries = parameters.filter((one) => one.in === "query");
    const check = this.#coercing.compile({
      type: "object",
      properties: Object.fromEntries(queries.map((one) => [one.name, rebased(one.schema)])),
      required: queries.filter((one) => one.required === true).map((one) => one.name),
    });
    this.#checks.set(key, check);
    return check;
  }

  /** "documented without a body", a check of the body, or undefined where the status is not documented. */
  response(operation: Operation, status: number): Check | "empty" | undefined {
    const described = this.#described(operation).responses[String(status)];
    if (described === undefined) return undefined;
    const path: [string, ...string[]] =
      described.$ref === undefined
        ? this.#operationPath(operation, "responses", String(status))
        : (described.$ref.replace("#/", "").split("/") as [string, ...string[]]);
    const content = this.#at(path) as { content?: Record<string, unknown> };
    if (content.content === undefined || !("application/json" in content.content)) return "empty";
    return this.#check(pointer([...path, "content", "application/json", "schema"]));
  }

  #parameter(one: Parameter | { readonly $ref: string }): Parameter {
    return "$ref" in one ? (this.#at(one.$ref.replace("#/", "").split("/")) as Parameter) : one;
  }

  #check(ref: string): Check {
    const known = this.#checks.get(ref);
    if (known !== undefined) return known;
    const check = this.#strict.compile({ $ref: ref });
    this.#checks.set(ref, check);
    return check;
  }

  #described(operation: Operation): DescribedOperation {
    return this.#at(this.#operationPath(operation)) as DescribedOperation;
  }

  #operationPath(operation: Operation, ...more: readonly string[]): [string, ...string[]] {
    return ["paths", operation.template, operation.method.toLowerCase(), ...more];
  }

  #pointer(operation: Operation, ...more: readonly string[]): string {
    return pointer(this.#operationPath(operation, ...more));
  }

  #at(path: readonly string[]): unknown {
    return path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], this.#document);
  }
}

function newAjv(coerceTypes: boolean): Ajv {
  // Not strict: an OpenAPI document has keywords (discriminator, example) that JSON Schema doesn't know.
  const ajv = new Ajv({ strict: false, allErrors: true, coerceTypes, validateSchema: false });
  addFormats(ajv);
  // GitHub's own, for "owner/name"; without a meaning here.
  ajv.addFormat("repo.nwo", true);
  return ajv;
}

function* wholeOperations(document: OpenApi): Generator<Operation> {
  for (const [template, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const described = operation as DescribedOperation;
      const documentationUrl = described.externalDocs?.url;
      yield {
        id: described.operationId,
        method: method.toUpperCase(),
        template,
        documentationUrl,
        whole: true,
      };
    }
  }
}

function* otherOperations(document: OpenApi): Generator<Operation> {
  for (const [route, id] of Object.entries(document["x-other-operations"] ?? {})) {
    const [method = "", template = ""] = route.split(" ");
    yield { id, method, template, documentationUrl: undefined, whole: false };
  }
}

/** The description with every deviation's change made to its operation. */
function withDeviations(document: OpenApi): OpenApi {
  const copy = structuredClone(document);
  for (const { operation, change } of deviations) {
    const described = Object.values(copy.paths)
      .flatMap((item) => Object.values(item))
      .find((one) => (one as DescribedOperation).operationId === operation);
    if (described === undefined) throw new Error(`a deviation names ${operation}, which is not described`);
    change(described as Record<string, unknown>);
  }
  return copy;
}

/** A JSON pointer into the description, as ajv resolves it. */
function pointer(path: readonly string[]): string {
  const parts = path.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")));
  return `github#/${parts.join("/")}`;
}

/** A schema taken out of the document, with its references still leading into it. */
function rebased(schema: unknown): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"github#/'));
}
