/** A repository as answers show it. */
import type { ReadonlyState } from "../state/state";
import type { Owner, Permission, Repository } from "../state/tables";
import { atLeast } from "../pipeline/permissions";
import { simpleUser, type Json } from "./accounts";
import { nodeId, type Urls } from "./urls";

/** Things that the stand-in has none of. */
const counts: Json = {
  ...{ forks_count: 0, forks: 0, stargazers_count: 0, watchers_count: 0, watchers: 0, size: 0 },
  ...{ open_issues_count: 0, open_issues: 0 },
};

/** What lists hold (`minimal-repository`). */
export function minimalRepository(repository: Repository, owner: Owner, urls: Urls, role: Permission): Json {
  const { settings } = repository;
  return {
    id: repository.id,
    node_id: nodeId("R", repository.id),
    name: repository.name,
    full_name: `${owner.login}/${repository.name}`,
    private: repository.visibility !== "public",
    owner: simpleUser(owner, urls),
    html_url: urls.html(owner.login, repository.name),
    description: settings.description,
    fork: false,
    url: urls.api("repos", owner.login, repository.name),
    ...linkTemplates(urls.api("repos", owner.login, repository.name)),
    ...gitAddresses(urls, owner.login, repository.name),
    homepage: settings.homepage,
    language: null,
    ...counts,
    default_branch: repository.defaultBranch,
    is_template: settings.is_template,
    topics: repository.topics,
    has_issues: settings.has_issues,
    has_projects: settings.has_projects,
    has_wiki: settings.has_wiki,
    has_pages: false,
    has_downloads: settings.has_downloads,
    has_discussions: settings.has_discussions,
    archived: repository.archived,
    disabled: false,
    visibility: repository.visibility,
    pushed_at: repository.pushedAt,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    permissions: permissions(role),
    allow_forking: settings.allow_forking,
    web_commit_signoff_required: settings.web_commit_signoff_required,
    license: null,
  };
}

/** What a single repository is shown as (`full-repository`); its merge settings only to who may push. */
export function fullRepository(repository: Repository, owner: Owner, urls: Urls, role: Permission): Json {
  const { settings } = repository;
  const organization = owner.type === "Organization" ? { organization: simpleUser(owner, urls) } : {};
  const forWriters = {
    allow_rebase_merge: settings.allow_rebase_merge,
    allow_squash_merge: settings.allow_squash_merge,
    allow_merge_commit: settings.allow_merge_commit,
    allow_auto_merge: settings.allow_auto_merge,
    allow_update_branch: settings.allow_update_branch,
    delete_branch_on_merge: settings.delete_branch_on_merge,
    use_squash_pr_title_as_default: settings.use_squash_pr_title_as_default,
    squash_merge_commit_title: settings.squash_merge_commit_title,
    squash_merge_commit_message: settings.squash_merge_commit_message,
    merge_commit_title: settings.merge_commit_title,
    merge_commit_message: settings.merge_commit_message,
  };
  const security = Object.entries(repository.security).map(([name, status]) => [name, { status }]);
  return {
    ...minimalRepository(repository, owner, urls, role),
    ...(atLeast(role, "push") ? forWriters : {}),
    ...(role === "admin" ? { security_and_analysis: Object.fromEntries(security) } : {}),
    ...organization,
    network_count: 0,
    subscribers_count: 0,
    custom_properties: {},
  };
}

/** The owner's record is there for as long as the repository is. */
export function ownerOf(repository: Repository, state: ReadonlyState): Owner {
  const owner = state.ownerById(repository.ownerId);
  if (owner === undefined) throw new Error(`repository ${repository.id} has no owner`);
  return owner;
}

function permissions(role: Permission): Record<Permission, boolean> {
  const has = (needed: Permission): boolean => atLeast(role, needed);
  return {
    admin: has("admin"),
    maintain: has("maintain"),
    push: has("push"),
    triage: has("triage"),
    pull: has("pull"),
  };
}

function gitAddresses(urls: Urls, login: string, name: string): Json {
  const { host } = new URL(urls.base);
  return {
    git_url: `git://${host}/${login}/${name}.git`,
    ssh_url: `git@${host}:${login}/${name}.git`,
    clone_url: urls.html(login, `${name}.git`),
    svn_url: urls.html(login, name),
    mirror_url: null,
  };
}

/** RFC 6570 templates of a repository's sub-resources. */
function linkTemplates(url: string): Json {
  return {
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  };
}
