/** Repository rulesets: kept as sent, and enforced where references change (see `rules/`). */
import { ApiError, notFound, validationFailed } from "../pipeline/errors";
import { bypassOf, rulesFor } from "../rules/applying";
import { drop, put, type BypassActor, type Rule, type Ruleset } from "../state/tables";
import type { Json } from "./accounts";
import { noContent, param, repositoryOf, targetOf, text, type Call, type Handlers } from "./call";
import { repositoryPage, repositoryUrl } from "./commit-view";
import { nodeId } from "./urls";

export const rulesetHandlers: Handlers = {
  "repos/get-repo-rulesets": (call) => {
    const targets = (call.query["targets"] as string | undefined)?.split(",");
    const own = rulesetsOf(call).filter((one) => targets === undefined || targets.includes(one.target));
    const items = own.map((one) => {
      const { rules: _rules, conditions: _conditions, bypass_actors: _actors, ...summary } = view(call, one);
      return summary;
    });
    return { status: 200, list: { items } };
  },

  "repos/get-repo-ruleset": (call) => ({ status: 200, body: view(call, rulesetOf(call)) }),

  "repos/create-repo-ruleset": (call) => {
    const blank: Ruleset = {
      id: call.ids.next(),
      repositoryId: repositoryOf(call).id,
      name: "",
      target: "branch",
      enforcement: "disabled",
      bypassActors: [],
      conditions: {},
      rules: [],
      createdAt: call.now,
      updatedAt: call.now,
    };
    const ruleset = changedRuleset(call, blank);
    return { status: 201, body: view(call, ruleset), events: [put("rulesets", ruleset.id, ruleset)] };
  },

  "repos/update-repo-ruleset": (call) => {
    const ruleset = changedRuleset(call, rulesetOf(call));
    return { status: 200, body: view(call, ruleset), events: [put("rulesets", ruleset.id, ruleset)] };
  },

  "repos/delete-repo-ruleset": (call) => ({ ...noContent, events: [drop("rulesets", rulesetOf(call).id)] }),

  "repos/get-branch-rules": (call) => {
    const { repository, owner } = targetOf(call);
    const rules = rulesFor(repository, `refs/heads/${param(call, "branch")}`, call.state);
    const items = rules.map(({ rule, ruleset }) => ({
      ...rule,
      ruleset_source_type: "Repository",
      ruleset_source: `${owner.login}/${repository.name}`,
      ruleset_id: ruleset.id,
    }));
    return { status: 200, list: { items } };
  },
};

/** What the body names replaces what was; what it leaves out stays. */
function changedRuleset(call: Call, ruleset: Ruleset): Ruleset {
  const name = text(call.body, "name") ?? ruleset.name;
  if (rulesetsOf(call).some((one) => one.name === name && one.id !== ruleset.id)) {
    throw validationFailed({
      resource: "Ruleset",
      field: "name",
      code: "custom",
      message: "Name must be unique",
    });
  }
  const enforcement = (text(call.body, "enforcement") ?? ruleset.enforcement) as Ruleset["enforcement"];
  if (enforcement === "evaluate" && targetOf(call).owner.type === "User") {
    throw new ApiError(422, "Invalid request.\n\nEnforcement 'evaluate' is not available for user accounts.");
  }
  const rules = (call.body["rules"] as readonly Rule[] | undefined) ?? ruleset.rules;
  const twice = rules.find((rule, at) => rules.findIndex((one) => one.type === rule.type) !== at);
  if (twice !== undefined) {
    throw validationFailed({
      resource: "Ruleset",
      field: "rules",
      code: "invalid",
      message: `duplicate ${twice.type}`,
    });
  }
  return {
    ...ruleset,
    name,
    enforcement,
    target: (text(call.body, "target") ?? ruleset.target) as Ruleset["target"],
    bypassActors: (call.body["bypass_actors"] as readonly BypassActor[] | undefined) ?? ruleset.bypassActors,
    conditions: (call.body["conditions"] as Ruleset["conditions"] | undefined) ?? ruleset.conditions,
    rules,
    updatedAt: call.now,
  };
}

function rulesetsOf(call: Call): Ruleset[] {
  return call.state.list("rulesets").filter((one) => one.repositoryId === repositoryOf(call).id);
}

function rulesetOf(call: Call): Ruleset {
  const ruleset = call.state.get("rulesets", param(call, "ruleset_id"));
  if (ruleset?.repositoryId !== repositoryOf(call).id) throw notFound();
  return ruleset;
}

/** Who may not write the ruleset isn't told who may pass it. */
function view(call: Call, ruleset: Ruleset): Json {
  const { repository, owner, permission } = targetOf(call);
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: ruleset.target,
    source_type: "Repository",
    source: `${owner.login}/${repository.name}`,
    enforcement: ruleset.enforcement,
    ...(mayWrite(call) ? { bypass_actors: ruleset.bypassActors } : {}),
    current_user_can_bypass: bypassOf(ruleset, call.actor, permission, repository, call.state),
    node_id: nodeId("RRS", ruleset.id),
    _links: {
      self: { href: `${repositoryUrl(call)}/rulesets/${ruleset.id}` },
      html: { href: `${repositoryPage(call)}/rules/${ruleset.id}` },
    },
    conditions: ruleset.conditions,
    rules: ruleset.rules,
    created_at: ruleset.createdAt,
    updated_at: ruleset.updatedAt,
  };
}

function mayWrite(call: Call): boolean {
  if (call.actor === undefined || targetOf(call).permission !== "admin") return false;
  const { grant } = call.actor;
  return grant.kind === "classic"
    ? grant.scopes.includes("repo")
    : grant.permissions["administration"] === "write";
}
