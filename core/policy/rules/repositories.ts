/** What a repository's rules and environments have to be. */
import { listAt, textAt, types, unknownValue, valueAt, type Props } from "../resource";
import type { Rule } from "../rule";
import { sameRepository } from "./workflows";

/** Whether a ruleset is that of the default branch. */
function ofDefaultBranch(props: Props): boolean {
  if (textAt(props, "target") !== "branch") return false;
  const included = listAt(props, "conditions", "refName", "includes");
  return included.some((pattern) => pattern === "~DEFAULT_BRANCH" || pattern === "~ALL");
}

export const requiredReviews: Rule = {
  name: "required-reviews",
  level: "mandatory",
  description: "The default branch changes by pull requests that somebody else approved.",
  resource: {
    types: [types.ruleset],
    check: ({ props }) => {
      if (!ofDefaultBranch(props)) return [];
      const enforcement = valueAt(props, "enforcement");
      const count = valueAt(props, "rules", "pullRequest", "requiredApprovingReviewCount");
      return [
        ...(enforcement === "active" || enforcement === unknownValue
          ? []
          : [{ where: "enforcement", problem: "the rules hold for nobody", fix: 'set it to "active"' }]),
        ...(count === unknownValue || (typeof count === "number" && count >= 1)
          ? []
          : [
              {
                where: "rules.pullRequest.requiredApprovingReviewCount",
                problem: "changes reach the default branch unreviewed",
                fix: "set `rules.requiredReviews` of the repository to 1 or more, or leave it out",
              },
            ]),
      ];
    },
  },
  stack: (stack) =>
    stack
      .ofType(types.repository)
      .filter(
        (repository) =>
          valueAt(repository.props, "archived") !== true &&
          !stack.ofType(types.ruleset).some(
            (ruleset) =>
              ofDefaultBranch(ruleset.props) &&
              (stack.comesAfter(ruleset).has(repository.urn) ||
                sameRepository(ruleset, {
                  ...repository,
                  props: { repository: textAt(repository.props, "name") ?? repository.name },
                })),
          ),
      )
      .map(({ urn }) => ({
        urn,
        where: "repository",
        problem: "no ruleset of this stack stands before its default branch",
        fix: "declare it with RepositoryAutomation or BranchRules",
      })),
};

export const noAdminBypass: Rule = {
  name: "no-admin-bypass",
  level: "mandatory",
  description: "Nobody deploys to production past its protection, administrators included.",
  resource: {
    types: [types.environment],
    check: ({ props }) => {
      const name = valueAt(props, "environment");
      const bypass = valueAt(props, "canAdminsBypass");
      // GitHub's own default is true, so leaving it out is not enough.
      if (!isProduction(name) || bypass === false || bypass === unknownValue) return [];
      return [
        {
          where: "canAdminsBypass",
          problem: "administrators may deploy to production past its reviewers and branches",
          fix: "set it to false, as DeploymentEnvironments does",
        },
      ];
    },
  },
};

/** `production`, and `<service>-production` in a repository that services share. */
function isProduction(name: unknown): boolean {
  return typeof name === "string" && /(^|[-_./])prod(uction)?$/i.test(name);
}

/** GitHub's built-in repository role "admin"; every other role may write and not administer. */
const adminRole = 5;

export const rulesBypass: Rule = {
  name: "rules-bypass",
  level: "advisory",
  description: "Only administrators and apps may pass the rules of a branch or a tag by.",
  resource: {
    types: [types.ruleset],
    check: ({ props }) =>
      listAt(props, "bypassActors").flatMap((actor, index) => {
        const type = textAt(actor, "actorType");
        const weak =
          type === "Team" || (type === "RepositoryRole" && valueAt(actor, "actorId") !== adminRole);
        return weak && textAt(actor, "bypassMode") !== "pull_request"
          ? [
              {
                where: `bypassActors[${index}]`,
                problem: "people who aren't administrators may push past the rules",
                fix: "name the GitHub App that `pulumi up` signs in as (`Integration`) in `rules.bypass` instead",
              },
            ]
          : [];
      }),
  },
};
