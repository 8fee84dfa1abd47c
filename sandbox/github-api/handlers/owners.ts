/** Users, organizations, their members and teams: read only, they come from the seed. */
import { ApiError, notAccessible, notFound } from "../pipeline/errors";
import type { Owner, Team } from "../state/tables";
import {
  organizationFull,
  privateUser,
  publicUser,
  simpleOrganization,
  simpleTeam,
  simpleUser,
} from "./accounts";
import { param, type Call, type Handlers } from "./call";

export const ownerHandlers: Handlers = {
  "meta/root": ({ urls }) => ({
    status: 200,
    body: {
      current_user_url: urls.api("user"),
      organization_url: urls.api("orgs/{org}"),
      repository_url: urls.api("repos/{owner}/{repo}"),
      user_url: urls.api("users/{user}"),
    },
  }),

  "meta/get": () => ({ status: 200, body: { verifiable_password_authentication: true } }),

  "rate-limit/get": ({ limit }) => ({
    status: 200,
    body: { resources: { core: limit, search: limit }, rate: limit },
  }),

  "users/get-authenticated": (call) => {
    const user = signedIn(call);
    // An app's token is nobody's: the endpoint is not among those for installation tokens.
    const { actor } = call;
    if (actor?.grant.kind === "fine-grained" && actor.grant.app === true) throw notAccessible(actor);
    return { status: 200, body: privateUser(user, call.state, call.urls) };
  },

  "users/get-by-username": (call) => {
    const owner = call.state.owner(param(call, "username"));
    if (owner === undefined) throw notFound();
    return { status: 200, body: publicUser(owner, call.state, call.urls) };
  },

  "users/get-by-id": (call) => {
    const owner = call.state.ownerById(Number(param(call, "account_id")));
    if (owner === undefined) throw notFound();
    return { status: 200, body: publicUser(owner, call.state, call.urls) };
  },

  // A user's login gives 404: by this the provider tells an organization from a user account.
  "orgs/get": (call) => ({ status: 200, body: organizationFull(organization(call), call.state, call.urls) }),

  "orgs/list-for-authenticated-user": (call) => organizationsOf(call, signedIn(call)),

  "orgs/list-for-user": (call) => {
    const owner = call.state.owner(param(call, "username"));
    if (owner === undefined) throw notFound();
    return organizationsOf(call, owner);
  },

  "orgs/list-members": (call) => {
    const { members } = organization(call);
    const wanted = call.query["role"] ?? "all";
    const logins = Object.keys(members).filter((login) => wanted === "all" || members[login] === wanted);
    const users = logins.map((login) => call.state.owner(login)).filter((one) => one !== undefined);
    return { status: 200, list: { items: users.map((user) => simpleUser(user, call.urls)) } };
  },

  "orgs/check-membership-for-user": (call) => {
    if (organization(call).members[param(call, "username").toLowerCase()] === undefined) throw notFound();
    return { status: 204 };
  },

  "orgs/get-membership-for-user": (call) => {
    const owner = organization(call);
    const user = call.state.owner(param(call, "username"));
    const role = user === undefined ? undefined : owner.members[user.login.toLowerCase()];
    if (user === undefined || role === undefined) throw notFound();
    const body = {
      url: call.urls.api("orgs", owner.login, "memberships", user.login),
      state: "active",
      role,
      organization_url: call.urls.api("orgs", owner.login),
      organization: simpleOrganization(owner, call.urls),
      user: simpleUser(user, call.urls),
    };
    return { status: 200, body };
  },

  "teams/list": (call) => {
    const owner = organization(call);
    const teams = teamsOf(call, owner).map((team) => simpleTeam(team, owner.id, call.urls));
    return { status: 200, list: { items: teams } };
  },

  "teams/get-by-name": (call) => {
    const owner = organization(call);
    const team = teamOf(call, owner);
    const body = {
      ...simpleTeam(team, owner.id, call.urls),
      created_at: owner.createdAt,
      updated_at: owner.createdAt,
      members_count: team.members.length,
      repos_count: 0,
      organization: organizationFull(owner, call.state, call.urls),
    };
    return { status: 200, body };
  },

  "teams/list-members-in-org": (call) => {
    const { members } = teamOf(call, organization(call));
    const users = members.map((login) => call.state.owner(login)).filter((one) => one !== undefined);
    return { status: 200, list: { items: users.map((user) => simpleUser(user, call.urls)) } };
  },
};

/** @throws ApiError 401 for a call without a token */
export function signedIn(call: Call): Owner {
  if (call.actor === undefined) throw new ApiError(401, "Requires authentication");
  return call.actor.account;
}

function organization(call: Call): Owner {
  const owner = call.state.owner(param(call, "org"));
  if (owner?.type !== "Organization") throw notFound();
  return owner;
}

function organizationsOf(call: Call, user: Owner): ReturnType<Handlers[string]> {
  const login = user.login.toLowerCase();
  const found = call.state.list("owners").filter((owner) => owner.members[login] !== undefined);
  return { status: 200, list: { items: found.map((owner) => simpleOrganization(owner, call.urls)) } };
}

function teamsOf(call: Call, owner: Owner): Team[] {
  return call.state
    .list("teams")
    .filter((team) => team.organization.toLowerCase() === owner.login.toLowerCase());
}

function teamOf(call: Call, owner: Owner): Team {
  const team = teamsOf(call, owner).find((one) => one.slug === param(call, "team_slug"));
  if (team === undefined) throw notFound();
  return team;
}
