/** What workflow files may not do, whoever wrote them. */
import { githubActionsAppId } from "../../workflow";
import {
  filesIn,
  listAt,
  textAt,
  types,
  unknownValue,
  valueAt,
  type DeclaredFile,
  type StackResource,
} from "../resource";
import type { Finding, Rule, Stack } from "../rule";
import { isRun, isWorkflow, readWorkflowFile, type FileJob, type WorkflowFile } from "../workflow-file";

/** An action of this repository, one at a commit, or an image at a digest. */
const pinned = /^(\.\/|[^@\s]+@[0-9a-f]{40}$|docker:\/\/[^@\s]+@sha256:[0-9a-f]{64}$)/;

export const actionsPinned: Rule = {
  name: "actions-pinned",
  level: "mandatory",
  description: "Workflows use actions at a full commit, and repositories refuse others.",
  resource: {
    types: [types.file, types.fileSet, types.actionsPermissions],
    check: (resource) => {
      const { type, props } = resource;
      if (type === types.actionsPermissions) {
        const enforced = valueAt(props, "shaPinningRequired");
        const off = valueAt(props, "enabled") === false;
        return enforced === true || enforced === unknownValue || off
          ? []
          : [
              {
                where: "shaPinningRequired",
                problem: "the repository runs actions that a tag names, which whoever owns them can move",
                fix: "set it to true, as SourceRepository does",
              },
            ];
      }
      return filesIn(resource)
        .filter(({ path }) => isRun(path))
        .flatMap(unpinned);
    },
  },
};

function unpinned({ where, content }: DeclaredFile): readonly Finding[] {
  const file = readWorkflowFile(content);
  if (file === undefined) {
    return [{ where, problem: "is no YAML that GitHub runs", fix: "mend the file's syntax" }];
  }
  return file.uses
    .filter(({ text }) => !pinned.test(text))
    .map(({ line }) => ({
      where: `${where}, line ${line}`,
      problem: "uses an action that isn't pinned by the 40 digits of a commit",
      fix: "write owner/repository@<commit> and the release as a comment; core/workflow/pins.ts has the platform's",
    }));
}

export const environmentsDeclared: Rule = {
  name: "environments-declared",
  level: "mandatory",
  description: "A workflow names an environment only after that environment is declared.",
  stack: (stack) =>
    workflowsOf(stack).flatMap(({ resource, where: property, file }) => {
      const before = stack.comesAfter(resource);
      const declared = stack
        .ofType(types.environment)
        .filter((environment) => sameRepository(environment, resource));
      return file.jobs.flatMap(({ environment }) => {
        if (environment === undefined || environment.text.includes("${{")) return [];
        const where = `${property}, line ${environment.line}`;
        const match = declared.filter(
          ({ props }) => textAt(props, "environment")?.toLowerCase() === environment.text.toLowerCase(),
        );
        if (match.some(({ urn }) => before.has(urn))) return [];
        // A group's services have their environments in a stack of their own; the fleet's resolution names them.
        const elsewhere = stack
          .ancestors(resource)
          .flatMap(({ props }) => listAt(props, "environmentsElsewhere").map(String));
        if (elsewhere.includes(environment.text)) return [];
        return [
          match.length === 0
            ? {
                urn: resource.urn,
                where,
                problem: "names an environment that isn't declared, which GitHub would create unprotected",
                fix: "declare it in the service's `environments`",
              }
            : {
                urn: resource.urn,
                where,
                problem: "may be committed before the environment that it names exists",
                fix: "let the file depend on the environment: `dependsOn`",
              },
        ];
      });
    }),
};

/** A job that ends a workflow: it always runs and watches every other one. */
export function isGate(job: FileJob, { jobs }: WorkflowFile): boolean {
  const others = jobs.filter(({ id }) => id !== job.id);
  return job.condition === "always()" && others.every(({ id }) => job.needs.includes(id));
}

/** A workflow that pushes images has a gate job, and the default branch's rules require just that check. */
export function ungatedWorkflows(stack: Stack) {
  return workflowsOf(stack).flatMap(({ resource, where, file }) => {
    if (!file.jobs.some((job) => job.writesPackages && job.handlesImages)) return [];
    const gates = file.jobs.filter((job) => isGate(job, file)).map(({ name }) => name);
    if (gates.length === 0) {
      return [
        {
          urn: resource.urn,
          where,
          problem: "pushes images and has no job that always runs and needs every other one",
          fix: "end it with a gate job, as core/workflow/gate.ts makes it",
        },
      ];
    }
    const required = stack
      .ofType(types.ruleset)
      .filter((ruleset) => sameRepository(ruleset, resource))
      .flatMap(({ props }) => listAt(props, "rules", "requiredStatusChecks", "requiredChecks"));
    const checked = required.some(
      (check) =>
        gates.includes(textAt(check, "context") ?? "") &&
        valueAt(check, "integrationId") === githubActionsAppId,
    );
    return checked
      ? []
      : [
          {
            urn: resource.urn,
            where,
            problem: `pushes images, and no ruleset requires its gate from GitHub Actions (app ${githubActionsAppId})`,
            fix: "require the gate job's check in the default branch's ruleset, as BranchRules does",
          },
        ];
  });
}

interface DeclaredWorkflow {
  readonly resource: StackResource;
  /** The property that holds it. */
  readonly where: string;
  readonly file: WorkflowFile;
}

function workflowsOf(stack: Stack): readonly DeclaredWorkflow[] {
  return stack.ofType(types.file, types.fileSet).flatMap((resource) =>
    filesIn(resource)
      .filter(({ path }) => isWorkflow(path))
      .flatMap(({ where, content }) => {
        const file = readWorkflowFile(content);
        return file === undefined ? [] : [{ resource, where, file }];
      }),
  );
}

/**
 * Whether two resources are in one repository; where a preview doesn't know the name yet, they may be. Those of the
 * GitHub provider name it without its owner, which is the provider's.
 */
export function sameRepository(one: StackResource, other: StackResource): boolean {
  const [a, b] = [one, other].map(({ props }) =>
    textAt(props, "repository")?.toLowerCase().split("/").at(-1),
  );
  return a === undefined || b === undefined || a === b;
}
