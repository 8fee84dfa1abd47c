/** Users and organizations as answers show them. */
import type { ReadonlyState } from "../state/state";
import type { Owner, Team } from "../state/tables";
import { nodeId, type Urls } from "./urls";

export type Json = Record<string, unknown>;

/** The short form that other records hold (`simple-user`). */
export function simpleUser(owner: Owner, urls: Urls): Json {
  const url = urls.api("users", encodeURIComponent(owner.login));
  const app = /^(.*)\[bot\]$/.exec(owner.login)?.[1];
  return {
    login: owner.login,
    id: owner.id,
    node_id: nodeId(owner.type === "User" ? "U" : "O", owner.id),
    avatar_url: urls.html("avatars", owner.id),
    gravatar_id: "",
    url,
    html_url: app === undefined ? urls.html(owner.login) : urls.html("apps", app),
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: owner.type,
    user_view_type: "public",
    site_admin: false,
  };
}

/** A user's or organization's page at `GET /users/{username}`. */
export function publicUser(owner: Owner, state: ReadonlyState, urls: Urls): Json {
  return {
    ...simpleUser(owner, urls),
    name: owner.name,
    company: null,
    blog: "",
    location: null,
    email: owner.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: repositoriesOf(owner, state, "public"),
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: owner.createdAt,
    updated_at: owner.createdAt,
  };
}

export function privateUser(owner: Owner, state: ReadonlyState, urls: Urls): Json {
  const ownPrivate = repositoriesOf(owner, state, "private");
  return {
    ...publicUser(owner, state, urls),
    private_gists: 0,
    total_private_repos: ownPrivate,
    owned_private_repos: ownPrivate,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
    plan: { collaborators: 0, name: "free", space: 976562499, private_repos: 10000 },
  };
}

/** What is not set is left out: GitHub's description has no null here. */
export function organizationFull(owner: Owner, state: ReadonlyState, urls: Urls): Json {
  return {
    ...simpleOrganization(owner, urls),
    ...(owner.name === null ? {} : { name: owner.name }),
    ...(owner.email === null ? {} : { email: owner.email }),
    is_verified: false,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: repositoriesOf(owner, state, "public"),
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: urls.html(owner.login),
    type: "Organization",
    total_private_repos: repositoriesOf(owner, state, "private"),
    owned_private_repos: repositoriesOf(owner, state, "private"),
    default_repository_permission: "read",
    members_can_create_repositories: true,
    created_at: owner.createdAt,
    updated_at: owner.createdAt,
    archived_at: null,
  };
}

export function simpleOrganization(owner: Owner, urls: Urls): Json {
  const url = urls.api("orgs", owner.login);
  return {
    login: owner.login,
    id: owner.id,
    node_id: nodeId("O", owner.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: urls.html("avatars", owner.id),
    description: null,
  };
}

export function simpleTeam(team: Team, organizationId: number, urls: Urls): Json {
  const url = urls.api("organizations", organizationId, "team", team.id);
  return {
    id: team.id,
    node_id: nodeId("T", team.id),
    url,
    members_url: `${url}/members{/member}`,
    name: team.name,
    description: null,
    permission: "pull",
    privacy: "closed",
    notification_setting: "notifications_enabled",
    html_url: urls.html("orgs", team.organization, "teams", team.slug),
    repositories_url: `${url}/repos`,
    slug: team.slug,
    type: "organization",
    organization_id: organizationId,
    parent: null,
  };
}

function repositoriesOf(owner: Owner, state: ReadonlyState, kind: "public" | "private"): number {
  const own = state.list("repositories").filter((one) => one.ownerId === owner.id);
  return own.filter((one) => (one.visibility === "public") === (kind === "public")).length;
}
