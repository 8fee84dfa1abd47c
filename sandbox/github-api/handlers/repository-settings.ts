/** Which settings create and update take, GitHub's defaults for them, and what it refuses. */
import { validationFailed, type FieldError } from "../pipeline/errors";
import type { ActionsPermissions, Owner, RepositorySettings, Visibility } from "../state/tables";

type Body = Readonly<Record<string, unknown>>;

const defaults: RepositorySettings = {
  description: null,
  homepage: null,
  has_issues: true,
  has_projects: true,
  has_wiki: true,
  has_downloads: true,
  has_discussions: false,
  is_template: false,
  allow_squash_merge: true,
  allow_merge_commit: true,
  allow_rebase_merge: true,
  allow_auto_merge: false,
  allow_update_branch: false,
  allow_forking: true,
  delete_branch_on_merge: false,
  use_squash_pr_title_as_default: false,
  squash_merge_commit_title: "COMMIT_OR_PR_TITLE",
  squash_merge_commit_message: "COMMIT_MESSAGES",
  merge_commit_title: "MERGE_MESSAGE",
  merge_commit_message: "PR_TITLE",
  web_commit_signoff_required: false,
};

/** An organization's private repositories can't be forked unless it says so. */
export function newSettings(body: Body, owner: Owner, visibility: Visibility): RepositorySettings {
  const allow_forking = visibility === "public" || owner.type === "User";
  return changedSettings({ ...defaults, allow_forking }, body);
}

/** The settings with what the body names, where it names it with a value of the right type. */
export function changedSettings(settings: RepositorySettings, body: Body): RepositorySettings {
  const changes = Object.entries(defaults).flatMap(([name, standard]) => {
    const value = body[name];
    if (standard !== null) return typeof value === typeof standard ? [[name, value]] : [];
    // Description and homepage: an emptied one reads back as null.
    if (value === null || value === "") return [[name, null]];
    return typeof value === "string" ? [[name, value]] : [];
  });
  const changed = { ...settings, ...Object.fromEntries(changes) } as RepositorySettings;
  if (!changed.allow_merge_commit && !changed.allow_squash_merge && !changed.allow_rebase_merge) {
    throw validationFailed(
      custom("merge_commit_allowed", "Sorry, you need to allow at least one merge strategy."),
    );
  }
  return changed;
}

export const newSecurity: Readonly<Record<string, "enabled" | "disabled">> = {
  secret_scanning: "disabled",
  secret_scanning_push_protection: "disabled",
  dependabot_security_updates: "disabled",
  secret_scanning_non_provider_patterns: "disabled",
  secret_scanning_validity_checks: "disabled",
};

/** `{"secret_scanning": {"status": "enabled"}, …}`: what is named changes. */
export function changedSecurity(
  security: Readonly<Record<string, "enabled" | "disabled">>,
  body: Body,
): Readonly<Record<string, "enabled" | "disabled">> {
  const wanted = (body["security_and_analysis"] ?? {}) as Record<
    string,
    { status?: "enabled" | "disabled" } | null
  >;
  const changes = Object.entries(wanted).flatMap(([name, value]) =>
    value?.status ? [[name, value.status]] : [],
  );
  return { ...security, ...(Object.fromEntries(changes) as Record<string, "enabled" | "disabled">) };
}

export const newActionsPermissions: ActionsPermissions = {
  enabled: true,
  allowedActions: "all",
  shaPinningRequired: false,
  selected: { github_owned_allowed: true, verified_allowed: false, patterns_allowed: [] },
  workflow: { default_workflow_permissions: "read", can_approve_pull_request_reviews: false },
  accessLevel: "none",
};

/** `visibility` counts more than `private`; undefined where the body names neither. */
export function wantedVisibility(body: Body, owner: Owner): Visibility | undefined {
  const named = body["visibility"];
  if (named === "internal" && owner.type === "User") {
    throw validationFailed(
      custom("visibility", "Only organization-owned repositories can have internal visibility"),
    );
  }
  if (named === "public" || named === "private" || named === "internal") return named;
  if (typeof body["private"] === "boolean") return body["private"] ? "private" : "public";
  return undefined;
}

/** GitHub's own way with characters that a name can't have: each run of them becomes a dash. */
export function repositoryName(wanted: string): string {
  const name = wanted.trim().replace(/[^A-Za-z0-9._-]+/g, "-");
  if (name === "" || name === "." || name === ".." || name.length > 100 || /\.(git|wiki)$/i.test(name)) {
    throw validationFailed({ resource: "Repository", field: "name", code: "invalid" });
  }
  return name;
}

/** At most 20 topics, each of lower-case letters, digits and dashes: GitHub's rules for them. */
export function topicsOf(names: readonly string[]): string[] {
  const bad = names.filter((name) => !/^[a-z0-9][a-z0-9-]{0,49}$/.test(name));
  if (bad.length > 0) {
    const rule = "Topics must start with a lowercase letter or number, consist of 50 characters or less, ";
    throw validationFailed(custom("topics", `${rule}and can include hyphens.`));
  }
  if (names.length > 20)
    throw validationFailed(custom("topics", "A repository cannot have more than 20 topics."));
  return [...new Set(names)];
}

export function custom(field: string, message: string): FieldError {
  return { resource: "Repository", code: "custom", field, message };
}
