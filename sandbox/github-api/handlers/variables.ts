/** Actions variables of repositories and environments: plain text, readable. */
import { ApiError, notFound } from "../pipeline/errors";
import { drop, put, type Variable } from "../state/tables";
import type { Json } from "./accounts";
import { noContent, param, text, type Call, type Handler, type Handlers } from "./call";
import { scopeOf, storedName } from "./scopes";

const list: Handler = (call) => {
  const variables = call.state.list("variables", `${scopeOf(call)}/`);
  const items = [...variables].sort((a, b) => (a.name < b.name ? -1 : 1)).map(view);
  return { status: 200, list: { items, key: "variables" } };
};

const get: Handler = (call) => ({ status: 200, body: view(variableOf(call)) });

const create: Handler = (call) => {
  const name = storedName("Variable", text(call.body, "name") ?? "");
  const key = `${scopeOf(call)}/${name}`;
  if (call.state.get("variables", key) !== undefined) throw new ApiError(409, "Variable already exists");
  const value = checkedValue(text(call.body, "value") ?? "");
  const events = [put("variables", key, { name, value, createdAt: call.now, updatedAt: call.now })];
  return { status: 201, body: {}, events };
};

const update: Handler = (call) => {
  const scope = scopeOf(call);
  const existing = variableOf(call);
  const name = storedName("Variable", text(call.body, "name") ?? existing.name);
  const value = checkedValue(text(call.body, "value") ?? existing.value);
  const renamed = name !== existing.name;
  if (renamed && call.state.get("variables", `${scope}/${name}`) !== undefined) {
    throw new ApiError(409, "Variable already exists");
  }
  const changed = put("variables", `${scope}/${name}`, { ...existing, name, value, updatedAt: call.now });
  return {
    ...noContent,
    events: renamed ? [drop("variables", `${scope}/${existing.name}`), changed] : [changed],
  };
};

const remove: Handler = (call) => ({
  ...noContent,
  events: [drop("variables", `${scopeOf(call)}/${variableOf(call).name}`)],
});

export const variableHandlers: Handlers = {
  "actions/list-repo-variables": list,
  "actions/create-repo-variable": create,
  "actions/get-repo-variable": get,
  "actions/update-repo-variable": update,
  "actions/delete-repo-variable": remove,
  "actions/list-environment-variables": list,
  "actions/create-environment-variable": create,
  "actions/get-environment-variable": get,
  "actions/update-environment-variable": update,
  "actions/delete-environment-variable": remove,
};

function variableOf(call: Call): Variable {
  const variable = call.state.get("variables", `${scopeOf(call)}/${param(call, "name").toUpperCase()}`);
  if (variable === undefined) throw notFound();
  return variable;
}

function checkedValue(value: string): string {
  if (Buffer.byteLength(value) > 48 * 1024) throw new ApiError(422, "Variable values can be at most 48 KB.");
  return value;
}

function view(variable: Variable): Json {
  return {
    name: variable.name,
    value: variable.value,
    created_at: variable.createdAt,
    updated_at: variable.updatedAt,
  };
}
