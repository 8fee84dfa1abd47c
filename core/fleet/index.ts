export * from "./declaration";
export { retentionEnvironment } from "./rules";
export { parseSettings, secretKeys, settingKeys, type BuilderNode, type Settings } from "./settings";
export { resolveFleet, type Automation, type Environment, type Fleet, type Service } from "./resolve";
export type { BaseImageUpdates, SourceRepositoryPlan } from "./resolve-repository";
export {
  platformRulesets,
  resolveOwnRules,
  resolveRuleset,
  type OwnRules,
  type Protection,
  type RequiredCheck,
  type Ruleset,
} from "./own-rules";
export { environmentsElsewhere, ofGroup, onlyServices } from "./groups";
export { missingSecretFaults, secretValueKeys } from "./secrets";
