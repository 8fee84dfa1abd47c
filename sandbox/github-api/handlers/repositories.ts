/** Repositories: made, listed, changed, renamed, archived, deleted. */
import { installationOf } from "../pipeline/apps";
import { ApiError, notFound, validationFailed } from "../pipeline/errors";
import { authoriseCreation, roleIn } from "../pipeline/permissions";
import { drop, put, type Event, type Owner, type Repository } from "../state/tables";
import { flag, gitOf, noContent, param, repositoryOf, targetOf, text } from "./call";
import type { Call, Handlers, Reply } from "./call";
import { identity } from "./commit-view";
import { signedIn } from "./owners";
import {
  changedSecurity,
  changedSettings,
  custom,
  newActionsPermissions,
  newSecurity,
} from "./repository-settings";
import { newSettings, repositoryName, topicsOf, wantedVisibility } from "./repository-settings";
import { fullRepository, minimalRepository, ownerOf } from "./repository-view";

export const repositoryHandlers: Handlers = {
  "repos/create-in-org": (call) => {
    const owner = call.state.owner(param(call, "org"));
    if (owner?.type !== "Organization") throw notFound();
    return create(call, owner);
  },

  "repos/create-for-authenticated-user": (call) => create(call, signedIn(call)),

  "repos/list-for-org": (call) => {
    const owner = call.state.owner(param(call, "org"));
    if (owner?.type !== "Organization") throw notFound();
    return list(call, [owner]);
  },

  "repos/list-for-user": (call) => {
    const owner = call.state.owner(param(call, "username"));
    if (owner === undefined) throw notFound();
    return list(call, [owner]);
  },

  "repos/list-for-authenticated-user": (call) => {
    signedIn(call);
    const reply = list(call, call.state.list("owners"));
    const items = (reply.list?.items ?? []) as { permissions: { push: boolean } }[];
    return { status: 200, list: { items: items.filter((one) => one.permissions.push) } };
  },

  "repos/get": (call) => ({ status: 200, body: shown(call, repositoryOf(call)) }),

  "repos/update": update,

  "repos/delete": (call) => {
    const repository = repositoryOf(call);
    const events: Event[] = [drop("repositories", repository.id), ...belongings(call, repository)];
    return { status: 204, events, afterwards: () => call.git(repository.id).remove() };
  },

  "repos/get-all-topics": (call) => ({ status: 200, body: { names: repositoryOf(call).topics } }),

  "repos/replace-all-topics": (call) => {
    const topics = topicsOf(call.body["names"] as string[]);
    return { status: 200, body: { names: topics }, events: changed(call, { topics }) };
  },

  // Which language is which takes GitHub's linguist.
  "repos/list-languages": () => ({ status: 200, body: {} }),

  "repos/check-vulnerability-alerts": (call) => {
    const { archived, vulnerabilityAlerts } = repositoryOf(call);
    if (archived || !vulnerabilityAlerts) throw notFound("Vulnerability alerts are disabled.");
    return noContent;
  },
  "repos/enable-vulnerability-alerts": (call) => ({
    status: 204,
    events: changed(call, { vulnerabilityAlerts: true }),
  }),
  "repos/disable-vulnerability-alerts": (call) => ({
    status: 204,
    events: changed(call, { vulnerabilityAlerts: false }),
  }),

  "repos/check-automated-security-fixes": (call) => {
    const enabled = repositoryOf(call).automatedSecurityFixes;
    return { status: 200, body: { enabled, paused: false } };
  },
  "repos/enable-automated-security-fixes": (call) => ({
    status: 204,
    events: changed(call, { automatedSecurityFixes: true }),
  }),
  "repos/disable-automated-security-fixes": (call) => ({
    status: 204,
    events: changed(call, { automatedSecurityFixes: false }),
  }),
};

async function create(call: Call, owner: Owner): Promise<Reply> {
  authoriseCreation(call.actor, owner, call.state);
  const name = repositoryName(text(call.body, "name") ?? "");
  if (call.state.repository(owner.login, name) !== undefined) throw nameTaken();
  for (const field of ["gitignore_template", "license_template"]) {
    if ((text(call.body, field) ?? "") !== "")
      throw validationFailed(custom(field, "The sandbox has no templates."));
  }
  const visibility = wantedVisibility(call.body, owner) ?? "public";
  const repository: Repository = {
    id: call.ids.next(),
    ownerId: owner.id,
    name,
    visibility,
    defaultBranch: "main",
    topics: [],
    archived: false,
    settings: newSettings(call.body, owner, visibility),
    security: changedSecurity(newSecurity, call.body),
    vulnerabilityAlerts: false,
    automatedSecurityFixes: false,
    actions: newActionsPermissions,
    collaborators: {},
    createdAt: call.now,
    updatedAt: call.now,
    pushedAt: call.now,
  };
  const git = call.git(repository.id);
  await git.create(repository.defaultBranch);
  if (flag(call.body, "auto_init") === true) await firstCommit(call, repository);
  const events = [put("repositories", repository.id, repository), drop("formerNames", fullName(owner, name))];
  return {
    status: 201,
    body: fullRepository(repository, owner, call.urls, "admin"),
    headers: { Location: call.urls.api("repos", owner.login, name) },
    events: [...events, ...givenToItsMaker(call, owner, repository)],
  };
}

/** "If the GitHub App creates any repositories later, the app will automatically be granted access to those." */
function givenToItsMaker({ actor, state }: Call, owner: Owner, { id }: Repository): Event[] {
  const installation = actor && installationOf(actor.account, owner, state);
  if (installation === undefined || installation.repositories === "all") return [];
  const repositories = [...installation.repositories, id];
  return [put("installations", installation.id, { ...installation, repositories })];
}

async function firstCommit(call: Call, repository: Repository): Promise<void> {
  const { description } = repository.settings;
  const readme = description === null ? `# ${repository.name}` : `# ${repository.name}\n${description}`;
  const person = identity(signedIn(call), call.now);
  await call.git(repository.id).writeCommit({
    branch: repository.defaultBranch,
    parent: undefined,
    changes: [{ path: "README.md", content: Buffer.from(`${readme}\n`), mode: "100644" }],
    message: "Initial commit",
    author: person,
    committer: person,
  });
}

async function update(call: Call): Promise<Reply> {
  const { repository, owner } = targetOf(call);
  const unarchives = flag(call.body, "archived") === false;
  if (repository.archived && !unarchives) throw new ApiError(403, "Repository was archived so is read-only.");
  const name = repositoryName(text(call.body, "name") ?? repository.name);
  const renamed = name.toLowerCase() !== repository.name.toLowerCase();
  if (renamed && call.state.repository(owner.login, name) !== undefined) throw nameTaken();
  const visibility = changedVisibility(call, repository, owner);
  const defaultBranch = await changedDefaultBranch(call, repository);
  const next: Repository = {
    ...repository,
    name,
    visibility,
    defaultBranch,
    archived: flag(call.body, "archived") ?? repository.archived,
    settings: changedSettings(repository.settings, call.body),
    security: changedSecurity(repository.security, call.body),
  };
  const events: Event[] = JSON.stringify(next) === JSON.stringify(repository) ? [] : touched(call, next);
  if (renamed) {
    events.push(put("formerNames", fullName(owner, repository.name), { repositoryId: repository.id }));
    events.push(drop("formerNames", fullName(owner, name)));
  }
  const shownNext = events.length === 0 ? next : { ...next, updatedAt: call.now };
  return { status: 200, body: shown(call, shownNext), events };
}

function changedVisibility(call: Call, repository: Repository, owner: Owner): Repository["visibility"] {
  const wanted = wantedVisibility(call.body, owner);
  if (wanted !== undefined && wanted === repository.visibility && "visibility" in call.body) {
    throw validationFailed(custom("visibility", `Visibility is already ${wanted}.`));
  }
  return wanted ?? repository.visibility;
}

async function changedDefaultBranch(call: Call, repository: Repository): Promise<string> {
  const wanted = text(call.body, "default_branch") ?? repository.defaultBranch;
  if (wanted === repository.defaultBranch) return wanted;
  const git = gitOf(call);
  if ((await git.branch(wanted)) === undefined) {
    const empty = (await git.references("refs/heads/")).length === 0;
    const why = empty
      ? "Cannot update default branch for an empty repository. Please init the repository and push first."
      : `The branch ${wanted} was not found. Please push that ref first or create it via the Git Data API.`;
    throw validationFailed({
      resource: "Repository",
      field: "default_branch",
      code: "invalid",
      message: why,
    });
  }
  await git.pointHeadAt(wanted);
  return wanted;
}

/** The events that change the call's repository; none where it is so already. */
export function changed(call: Call, changes: Partial<Repository>): Event[] {
  const repository = repositoryOf(call);
  const next = { ...repository, ...changes };
  return JSON.stringify(next) === JSON.stringify(repository) ? [] : touched(call, next);
}

function touched(call: Call, repository: Repository): Event[] {
  return [put("repositories", repository.id, { ...repository, updatedAt: call.now })];
}

/** What goes with a repository. */
function belongings(call: Call, { id }: Repository): Event[] {
  const environments = call.state.list("environments").filter((one) => one.repositoryId === id);
  const rulesets = call.state.list("rulesets").filter((one) => one.repositoryId === id);
  const protections = call.state.list("protections").filter((one) => one.repositoryId === id);
  const scopes = [`repository:${id}`, ...environments.map((one) => `environment:${one.id}`)];
  const named = scopes.flatMap((scope) => [
    ...call.state.list("secrets", `${scope}/`).map((one) => drop("secrets", `${scope}/${one.name}`)),
    ...call.state.list("variables", `${scope}/`).map((one) => drop("variables", `${scope}/${one.name}`)),
  ]);
  return [
    ...environments.map((one) => drop("environments", one.id)),
    ...rulesets.map((one) => drop("rulesets", one.id)),
    ...protections.map((one) => drop("protections", one.id)),
    ...call.state.list("statuses", `${id}/`).map((one) => drop("statuses", `${id}/${one.id}`)),
    ...call.state.list("deployments", `${id}/`).map((one) => drop("deployments", `${id}/${one.id}`)),
    ...call.state.list("pulls", `${id}/`).map((one) => drop("pulls", `${id}/${one.number}`)),
    ...call.state.list("issues", `${id}/`).map((one) => drop("issues", `${id}/${one.number}`)),
    ...call.state.list("issueComments", `${id}/`).map((one) => drop("issueComments", `${id}/${one.id}`)),
    ...named,
  ];
}

function list(call: Call, owners: readonly Owner[]): Reply {
  const kind = call.query["type"] ?? call.query["visibility"] ?? "all";
  const repositories = call.state.list("repositories").filter((one) => {
    const fits =
      kind === "public" || kind === "private" ? (one.visibility === "public") === (kind === "public") : true;
    return fits && owners.some((owner) => owner.id === one.ownerId);
  });
  const items = repositories.flatMap((repository) => {
    const role = roleIn(call.actor?.account, repository, call.state);
    const owner = ownerOf(repository, call.state);
    return role === undefined ? [] : [minimalRepository(repository, owner, call.urls, role)];
  });
  return { status: 200, list: { items } };
}

function shown(call: Call, repository: Repository): Record<string, unknown> {
  const { owner, permission } = targetOf(call);
  return fullRepository(repository, owner, call.urls, permission);
}

function fullName(owner: Owner, name: string): string {
  return `${owner.login}/${name}`.toLowerCase();
}

function nameTaken(): ApiError {
  const errors = [custom("name", "name already exists on this account")];
  return new ApiError(422, "Repository creation failed.", { errors });
}
