/** Who may do what in a repository. */
import { ApiError, notFound } from "../pipeline/errors";
import { atLeast, roleIn } from "../pipeline/permissions";
import type { Owner, Permission } from "../state/tables";
import { simpleUser, type Json } from "./accounts";
import { noContent, param, repositoryOf, targetOf, text, type Call, type Handlers } from "./call";
import { changed } from "./repositories";

export const collaboratorHandlers: Handlers = {
  "repos/list-collaborators": (call) => {
    const { owner, repository } = targetOf(call);
    const affiliation = call.query["affiliation"] ?? "all";
    const people = call.state.list("owners").filter((one) => {
      const login = one.login.toLowerCase();
      if (one.type !== "User") return false;
      const direct = one.id === owner.id || repository.collaborators[login] !== undefined;
      if (affiliation === "direct") return direct;
      const member = owner.members[login] !== undefined;
      return affiliation === "outside" ? direct && !member && one.id !== owner.id : direct || member;
    });
    return { status: 200, list: { items: people.map((one) => view(call, one)) } };
  },

  "repos/check-collaborator": (call) => {
    const user = userOf(call);
    const { owner, repository } = targetOf(call);
    const login = user.login.toLowerCase();
    const known = user.id === owner.id || login in repository.collaborators || login in owner.members;
    if (!known) throw notFound();
    return noContent;
  },

  "repos/get-collaborator-permission-level": (call) => {
    const user = userOf(call);
    const role = roleIn(user, repositoryOf(call), call.state);
    const permission =
      role === undefined
        ? "none"
        : { pull: "read", triage: "read", push: "write", maintain: "write", admin: "admin" }[role];
    const body = {
      permission,
      role_name: role === undefined ? "none" : roleName(role),
      user: view(call, user),
    };
    return { status: 200, body };
  },

  // GitHub sends an invitation; here everyone has accepted at once.
  "repos/add-collaborator": (call) => {
    const user = userOf(call);
    const { owner, repository } = targetOf(call);
    if (user.id === owner.id) throw new ApiError(422, "Repository owner cannot be a collaborator");
    const permission = (text(call.body, "permission") ?? "push") as Permission;
    if (!["pull", "triage", "push", "maintain", "admin"].includes(permission))
      throw new ApiError(422, "No such permission");
    const collaborators = { ...repository.collaborators, [user.login.toLowerCase()]: permission };
    return { ...noContent, events: changed(call, { collaborators }) };
  },

  "repos/remove-collaborator": (call) => {
    const { [userOf(call).login.toLowerCase()]: _, ...collaborators } = repositoryOf(call).collaborators;
    return { ...noContent, events: changed(call, { collaborators }) };
  },

  "repos/list-invitations": () => ({ status: 200, list: { items: [] } }),
  "repos/list-teams": () => ({ status: 200, list: { items: [] } }),
  "repos/list-deploy-keys": () => ({ status: 200, list: { items: [] } }),
  "repos/list-webhooks": () => ({ status: 200, list: { items: [] } }),
};

function userOf(call: Call): Owner {
  const user = call.state.owner(param(call, "username"));
  if (user?.type !== "User") throw notFound();
  return user;
}

function view(call: Call, user: Owner): Json {
  const role = roleIn(user, repositoryOf(call), call.state) ?? "pull";
  const names = ["pull", "triage", "push", "maintain", "admin"] as const;
  return {
    ...simpleUser(user, call.urls),
    permissions: Object.fromEntries(names.map((name) => [name, atLeast(role, name)])),
    role_name: roleName(role),
  };
}

function roleName(role: Permission): string {
  return { pull: "read", triage: "triage", push: "write", maintain: "maintain", admin: "admin" }[role];
}
