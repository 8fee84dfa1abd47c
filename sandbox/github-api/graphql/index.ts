/** GitHub's GraphQL API, as far as classic branch protection goes: `POST /graphql`, `POST /api/graphql`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  buildSchema,
  execute,
  getOperationAST,
  GraphQLError,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from "graphql";
import { createRule, deleteRule, nodeById, repositoryNode, updateRule, type Context } from "./rules";

export type { Context } from "./rules";

export interface GraphQLQuestion {
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly kind: "query" | "mutation";
}

/** The provider asks for one name of two types, which the rule forbids and GitHub answers. */
const rules = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

let built: GraphQLSchema | undefined;

function schema(): GraphQLSchema {
  built ??= buildSchema(readFileSync(join(__dirname, "schema.graphql"), "utf8"));
  return built;
}

/** What a request asks; its faults where it asks for nothing that is served. */
export function graphqlQuestion(body: unknown): GraphQLQuestion | readonly GraphQLError[] {
  const { query, variables } = (body ?? {}) as { query?: unknown; variables?: unknown };
  if (typeof query !== "string")
    return [new GraphQLError("A query attribute must be specified and must be a string.")];
  try {
    const document = parse(query);
    const faults = validate(schema(), document, rules);
    if (faults.length > 0) return faults;
    const kind = getOperationAST(document)?.operation === "mutation" ? "mutation" : "query";
    return { document, variables: (variables ?? {}) as GraphQLQuestion["variables"], kind };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

/** GitHub's answer, always with status 200. */
export async function graphqlAnswer(question: GraphQLQuestion, context: Context): Promise<unknown> {
  const { document, variables } = question;
  const { data, errors } = await execute({
    schema: schema(),
    document,
    rootValue: root,
    contextValue: context,
    variableValues: variables,
  });
  return { data, ...(errors === undefined ? {} : { errors: shown(errors) }) };
}

/** An error's type stands beside its message at GitHub. */
export function shown(errors: readonly GraphQLError[]): readonly unknown[] {
  return errors.map(({ message, path, locations, extensions }) => ({
    ...(extensions["type"] === undefined ? {} : { type: extensions["type"] }),
    ...(path === undefined ? {} : { path }),
    ...(locations === undefined ? {} : { locations }),
    message,
  }));
}

interface Input {
  readonly input: Readonly<Record<string, unknown>>;
}

const root = {
  id: "Q",
  node: ({ id }: { id: string }, context: Context) => nodeById(id, context),
  repository({ owner, name }: { owner: string; name: string }, context: Context) {
    const repository = context.state.repository(owner, name);
    if (repository === undefined) {
      const message = `Could not resolve to a Repository with the name '${owner}/${name}'.`;
      throw new GraphQLError(message, { extensions: { type: "NOT_FOUND" } });
    }
    return repositoryNode(repository, context);
  },
  createBranchProtectionRule: ({ input }: Input, context: Context) => createRule(input, context),
  updateBranchProtectionRule: ({ input }: Input, context: Context) => updateRule(input, context),
  deleteBranchProtectionRule: ({ input }: Input, context: Context) => deleteRule(input, context),
};
