/** GitHub Apps as they see themselves: what they ask for, where they are installed, tokens of an installation. */
import { randomBytes } from "node:crypto";
import { installationOn, botLogin } from "../pipeline/apps";
import { tokenDigest } from "../pipeline/authenticate";
import { ApiError, notFound, validationFailed } from "../pipeline/errors";
import { put, type App, type Installation, type Permissions } from "../state/tables";
import { simpleUser, type Json } from "./accounts";
import { param, targetOf, type Call, type Handlers, type Reply } from "./call";
import { minimalRepository } from "./repository-view";
import { nodeId } from "./urls";

/** Milliseconds: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app */
const tokenLife = 3_600_000;

export const appHandlers: Handlers = {
  "apps/get-authenticated": (call) => {
    const app = signedIn(call);
    const owner = call.state.owner(app.owner);
    if (owner === undefined) throw new Error(`nobody is called ${app.owner}`);
    const body = {
      id: app.id,
      slug: app.slug,
      client_id: `Iv1.${app.slug}`,
      node_id: nodeId("A", app.id),
      owner: simpleUser(owner, call.urls),
      name: app.slug,
      description: null,
      external_url: call.urls.html(),
      html_url: call.urls.html("apps", app.slug),
      created_at: app.createdAt,
      updated_at: app.createdAt,
      permissions: app.permissions,
      events: [],
      installations_count: call.state.list("installations").filter(({ appId }) => appId === app.id).length,
    };
    return { status: 200, body };
  },

  "apps/get-installation": (call) => ({ status: 200, body: installationView(call, named(call)) }),

  "apps/get-org-installation": (call) => ofAccount(call, param(call, "org"), "Organization"),

  "apps/get-user-installation": (call) => ofAccount(call, param(call, "username"), "User"),

  // The pipeline has looked already whether the installation reaches the repository.
  "apps/get-repo-installation": (call) => {
    const { owner } = targetOf(call);
    const installation = installationOn(signedIn(call), owner.login, call.state);
    if (installation === undefined) throw notFound();
    return { status: 200, body: installationView(call, installation) };
  },

  "apps/create-installation-access-token": (call) => {
    const app = signedIn(call);
    const installation = named(call);
    if (installation.suspendedAt !== null) throw new ApiError(403, "This installation has been suspended");
    const permissions = wanted(call, installation);
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    const expiresAt = new Date(Date.parse(call.now) + tokenLife).toISOString().replace(/\.\d+Z$/, "Z");
    const grant = { kind: "fine-grained", permissions, app: true } as const;
    const given = installation.repositories;
    const body = {
      token,
      expires_at: expiresAt,
      permissions,
      repository_selection: given === "all" ? "all" : "selected",
      ...(given === "all" ? {} : { repositories: repositoriesOf(call, given) }),
    };
    return {
      status: 201,
      body,
      events: [put("tokens", tokenDigest(token), { login: botLogin(app), grant, expiresAt })],
    };
  },
};

function signedIn({ actor }: Call): App {
  if (actor?.app === undefined) throw new Error("the pipeline lets nobody but apps come here");
  return actor.app;
}

function named(call: Call): Installation {
  const found = call.state.get("installations", param(call, "installation_id"));
  if (found === undefined || found.appId !== signedIn(call).id) throw notFound();
  return found;
}

function ofAccount(call: Call, login: string, type: "Organization" | "User"): Reply {
  const account = call.state.owner(login);
  const installation = installationOn(signedIn(call), login, call.state);
  if (account?.type !== type || installation === undefined) throw notFound();
  return { status: 200, body: installationView(call, installation) };
}

function installationView(call: Call, installation: Installation): Json {
  const { state, urls } = call;
  const app = signedIn(call);
  const account = state.owner(installation.account);
  if (account === undefined) throw new Error(`nobody is called ${installation.account}`);
  const url = urls.api("app/installations", installation.id);
  const settings = `settings/installations/${installation.id}`;
  return {
    id: installation.id,
    client_id: `Iv1.${app.slug}`,
    account: simpleUser(account, urls),
    repository_selection: installation.repositories === "all" ? "all" : "selected",
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: urls.api("installation/repositories"),
    html_url:
      account.type === "User" ? urls.html(settings) : urls.html("organizations", account.login, settings),
    app_id: app.id,
    app_slug: app.slug,
    target_id: account.id,
    target_type: account.type,
    permissions: installation.permissions,
    events: [],
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    suspended_by: null,
    suspended_at: installation.suspendedAt,
  };
}

/** All that the installation has, or the part of it that is asked for. */
function wanted(call: Call, { permissions: has }: Installation): Permissions {
  for (const field of ["repositories", "repository_ids"]) {
    if (call.body[field] === undefined) continue;
    throw validationFailed({
      resource: "Installation",
      field,
      code: "custom",
      message: "The sandbox makes tokens for all of an installation's repositories.",
    });
  }
  const asked = call.body["permissions"] as Permissions | undefined;
  if (asked === undefined) return has;
  const more = Object.entries(asked).filter(([name, level]) => has[name] !== "write" && has[name] !== level);
  if (more.length > 0)
    throw new ApiError(422, "The permissions requested are not granted to this installation.");
  return asked;
}

function repositoriesOf({ state, urls }: Call, ids: readonly number[]): Json[] {
  return ids.flatMap((id) => {
    const repository = state.get("repositories", id);
    const owner = repository === undefined ? undefined : state.ownerById(repository.ownerId);
    if (repository === undefined || owner === undefined) return [];
    return [minimalRepository(repository, owner, urls, "admin")];
  });
}
