import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../core/fleet";

export interface DeploymentEnvironmentsArgs {
  /** Name of the repository that they belong to. Another one gets them, and the former one loses them. */
  readonly repository: pulumi.Input<string>;
  /**
   * One that is renamed or left out is deleted on GitHub with its secrets and variables, and runs that wait for its
   * approval fail. Protection and variables change in place.
   */
  readonly environments: readonly Environment[];
}

/**
 * Once this exists, so do the environments with their protection and variables. A workflow that names an
 * environment which does not exist makes GitHub create it unprotected, so these come before any workflow file.
 */
export class DeploymentEnvironments extends pulumi.ComponentResource {
  /** Name on GitHub of each environment, by its declared name; known once it is protected. */
  readonly githubNames: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: DeploymentEnvironmentsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ghcr-platform:index:DeploymentEnvironments", name, args, opts);
    const child = { parent: this };

    const names = args.environments.map((environment) => {
      const resource = new github.RepositoryEnvironment(
        `${name}-${environment.name}`,
        environmentArgs(args.repository, environment),
        child,
      );
      for (const [kind, pattern] of refPatterns(environment)) {
        new github.RepositoryEnvironmentDeploymentPolicy(
          `${name}-${environment.name}-${kind}-${pattern}`,
          {
            repository: args.repository,
            environment: resource.environment,
            ...(kind === "branch" ? { branchPattern: pattern } : { tagPattern: pattern }),
          },
          child,
        );
      }
      for (const [variable, value] of Object.entries(environment.variables)) {
        new github.ActionsEnvironmentVariable(
          `${name}-${environment.name}-${variable}`,
          {
            repository: args.repository,
            environment: resource.environment,
            variableName: variable,
            value,
          },
          child,
        );
      }
      return [environment.name, resource.environment] as const;
    });

    this.githubNames = pulumi.output(Object.fromEntries(names));
    this.registerOutputs({ githubNames: this.githubNames });
  }
}

function environmentArgs(
  repository: pulumi.Input<string>,
  environment: Environment,
): github.RepositoryEnvironmentArgs {
  const { users, teams } = environment.reviewers;
  const reviewed = users.length + teams.length > 0;
  const { refs } = environment;
  return {
    repository,
    environment: environment.githubName,
    canAdminsBypass: environment.adminsBypass,
    // Protection rules need a paid plan on private repositories (GitHub answers 422), so none is sent unasked.
    ...(environment.waitMinutes > 0 ? { waitTimer: environment.waitMinutes } : {}),
    ...(reviewed
      ? {
          reviewers: [{ users: [...users], teams: [...teams] }],
          preventSelfReview: !environment.selfReview,
        }
      : {}),
    ...(refs === "all"
      ? {}
      : {
          deploymentBranchPolicy: {
            protectedBranches: refs === "protected",
            customBranchPolicies: refs !== "protected",
          },
        }),
  };
}

function refPatterns({ refs }: Environment): readonly (readonly ["branch" | "tag", string])[] {
  if (typeof refs === "string") return [];
  return [
    ...refs.branches.map((pattern) => ["branch", pattern] as const),
    ...refs.tags.map((pattern) => ["tag", pattern] as const),
  ];
}
