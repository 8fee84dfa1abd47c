/** Actions secrets of repositories and environments. They come sealed, are kept sealed and are never given back. */
import { ApiError, notFound } from "../pipeline/errors";
import { drop, put, type Secret } from "../state/tables";
import type { Json } from "./accounts";
import { noContent, param, text, type Call, type Handler, type Handlers } from "./call";
import { scopeOf, storedName } from "./scopes";

/** GitHub's bound for a secret, on the sealed value: 48 KB of text, the box's overhead and base64 on top. */
const sealedLimit = Math.ceil(((48 * 1024 + 48) * 4) / 3) + 4;

const publicKey: Handler = (call) => {
  const { id, key } = call.keys.publicKey(scopeOf(call));
  return { status: 200, body: { key_id: id, key } };
};

const list: Handler = (call) => {
  const secrets = call.state.list("secrets", `${scopeOf(call)}/`);
  const items = [...secrets].sort((a, b) => (a.name < b.name ? -1 : 1)).map(view);
  return { status: 200, list: { items, key: "secrets" } };
};

const get: Handler = (call) => ({ status: 200, body: view(secretOf(call)) });

const createOrUpdate: Handler = (call) => {
  const scope = scopeOf(call);
  const name = storedName("Secret", param(call, "secret_name"));
  const sealed = text(call.body, "encrypted_value") ?? "";
  const keyId = text(call.body, "key_id") ?? "";
  // What is sealed for another key could never be opened by a workflow.
  if (keyId !== call.keys.publicKey(scope).id)
    throw new ApiError(422, "The key_id is not that of the current public key.");
  if (sealed.length > sealedLimit) throw new ApiError(422, "Secret values can be at most 48 KB.");
  const key = `${scope}/${name}`;
  const existing = call.state.get("secrets", key);
  const createdAt = existing?.createdAt ?? call.now;
  const events = [put("secrets", key, { name, sealed, keyId, createdAt, updatedAt: call.now })];
  return existing === undefined ? { status: 201, body: {}, events } : { status: 204, events };
};

const remove: Handler = (call) => ({
  ...noContent,
  events: [drop("secrets", `${scopeOf(call)}/${secretOf(call).name}`)],
});

export const secretHandlers: Handlers = {
  "actions/get-repo-public-key": publicKey,
  "actions/list-repo-secrets": list,
  "actions/get-repo-secret": get,
  "actions/create-or-update-repo-secret": createOrUpdate,
  "actions/delete-repo-secret": remove,
  "actions/get-environment-public-key": publicKey,
  "actions/list-environment-secrets": list,
  "actions/get-environment-secret": get,
  "actions/create-or-update-environment-secret": createOrUpdate,
  "actions/delete-environment-secret": remove,
};

function secretOf(call: Call): Secret {
  const secret = call.state.get("secrets", `${scopeOf(call)}/${param(call, "secret_name").toUpperCase()}`);
  if (secret === undefined) throw notFound();
  return secret;
}

function view(secret: Secret): Json {
  return { name: secret.name, created_at: secret.createdAt, updated_at: secret.updatedAt };
}
