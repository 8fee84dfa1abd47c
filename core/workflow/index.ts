/** GitHub Actions workflows: a typed model, the workflows of the platform, and their rendered files. */
export {
  both,
  choose,
  Condition,
  Expression,
  firstOf,
  fromJson,
  github,
  input,
  isEqual,
  runnerTemp,
  secret,
  Text,
  text,
  toJson,
  type GithubContext,
  type Value,
} from "./expression";
export { calledCommands, commandFaults, type CommandCall, type KnownCommands } from "./commands";
export { gate, githubActionsAppId, type Check, type Gate, type GateSpec } from "./gate";
export { containerPublish } from "./jobs/container-publish";
export {
  containerRetention,
  type ContainerRetentionOptions,
  type RetainedService,
} from "./jobs/container-retention";
export type { ContainerPublishOptions, WorkflowService } from "./jobs/options";
export { githubRunners } from "./jobs/runners";
export { promote } from "./jobs/promote";
export type { PromotedService, PromoteOptions } from "./jobs/promotion-move";
export { drift } from "./jobs/drift";
export { pulumiPreview } from "./jobs/pulumi-preview";
export { pulumiUp } from "./jobs/pulumi-up";
export { rescan, type RescannedService, type RescanOptions } from "./jobs/rescan";
export type { AutomatedStack, PlatformStack } from "./jobs/pulumi-steps";
export {
  job,
  matrixFromJson,
  matrixOfAxes,
  workflow,
  type AnyJob,
  type Concurrency,
  type DispatchInput,
  type EnvironmentReference,
  type Events,
  type Job,
  type JobSpec,
  type Matrix,
  type Permission,
  type Permissions,
  type PermissionScope,
  type Workflow,
  type WorkflowSpec,
} from "./model";
export { action, tools, type Action, type ActionName } from "./pins";
export { renderWorkflow } from "./render";
export {
  ownWorkflows,
  platformWorkflows,
  retentionEnvironments,
  type WorkflowSettings,
} from "./repositories";
export { requiredChecks } from "./required";
export {
  planRun,
  type Build,
  type PublishedService,
  type RunFacts,
  type RunPlan,
  type RunTags,
} from "./run-plan";
export { run, uses, type AnyStep, type Step, type StepOutput } from "./step";
