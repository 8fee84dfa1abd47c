/** What GitHub Actions may do in a repository. */
import { ApiError } from "../pipeline/errors";
import type { ActionsPermissions } from "../state/tables";
import { flag, noContent, repositoryOf, text, type Call, type Handlers, type Reply } from "./call";
import { repositoryUrl } from "./commit-view";
import { changed } from "./repositories";

export const actionsPermissionHandlers: Handlers = {
  "actions/get-github-actions-permissions-repository": (call) => {
    const { enabled, allowedActions, shaPinningRequired } = repositoryOf(call).actions;
    const selected = `${repositoryUrl(call)}/actions/permissions/selected-actions`;
    const body = {
      enabled,
      ...(enabled ? { allowed_actions: allowedActions } : {}),
      ...(enabled && allowedActions === "selected" ? { selected_actions_url: selected } : {}),
      sha_pinning_required: shaPinningRequired,
    };
    return { status: 200, body };
  },

  "actions/set-github-actions-permissions-repository": (call) => {
    const { actions } = repositoryOf(call);
    const allowed = text(call.body, "allowed_actions") as ActionsPermissions["allowedActions"] | undefined;
    return store(call, {
      enabled: flag(call.body, "enabled") ?? actions.enabled,
      allowedActions: allowed ?? actions.allowedActions,
      shaPinningRequired: flag(call.body, "sha_pinning_required") ?? actions.shaPinningRequired,
    });
  },

  "actions/get-allowed-actions-repository": (call) => {
    requireSelected(call);
    return { status: 200, body: repositoryOf(call).actions.selected };
  },

  "actions/set-allowed-actions-repository": (call) => {
    requireSelected(call);
    const { selected } = repositoryOf(call).actions;
    const patterns = call.body["patterns_allowed"] as readonly string[] | undefined;
    return store(call, {
      selected: {
        github_owned_allowed: flag(call.body, "github_owned_allowed") ?? selected.github_owned_allowed,
        verified_allowed: flag(call.body, "verified_allowed") ?? selected.verified_allowed,
        patterns_allowed: patterns ?? selected.patterns_allowed,
      },
    });
  },

  "actions/get-github-actions-default-workflow-permissions-repository": (call) => ({
    status: 200,
    body: repositoryOf(call).actions.workflow,
  }),

  "actions/set-github-actions-default-workflow-permissions-repository": (call) => {
    const { workflow } = repositoryOf(call).actions;
    const level = text(call.body, "default_workflow_permissions") as "read" | "write" | undefined;
    const approve = flag(call.body, "can_approve_pull_request_reviews");
    return store(call, {
      workflow: {
        default_workflow_permissions: level ?? workflow.default_workflow_permissions,
        can_approve_pull_request_reviews: approve ?? workflow.can_approve_pull_request_reviews,
      },
    });
  },

  "actions/get-workflow-access-to-repository": (call) => ({
    status: 200,
    body: { access_level: repositoryOf(call).actions.accessLevel },
  }),

  "actions/set-workflow-access-to-repository": (call) =>
    store(call, { accessLevel: text(call.body, "access_level") as ActionsPermissions["accessLevel"] }),
};

/** Which actions are allowed can be read and written only while "selected" ones are. */
function requireSelected(call: Call): void {
  const { enabled, allowedActions } = repositoryOf(call).actions;
  if (!enabled || allowedActions !== "selected") {
    throw new ApiError(409, "Conflict: allowed_actions of this repository is not 'selected'");
  }
}

function store(call: Call, changes: Partial<ActionsPermissions>): Reply {
  const actions = { ...repositoryOf(call).actions, ...changes };
  return { ...noContent, events: changed(call, { actions }) };
}
