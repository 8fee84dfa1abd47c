/** What no service may switch off: rules over plain resources, which `policy/` holds every preview and update to. */
import { noLatest } from "./rules/environments";
import { allowedPlatforms, gateOn, retentionSet } from "./rules/images";
import { noAdminBypass, requiredReviews, rulesBypass } from "./rules/repositories";
import { noPlainSecret, secretLikeName } from "./rules/secrets";
import { actionsPinned, environmentsDeclared } from "./rules/workflows";
import type { Rule } from "./rule";

export { unknownValue, type Props, type ResourceFacts, type StackResource } from "./resource";
export { formatFinding, Stack, type Finding, type Level, type Rule } from "./rule";

export const rules: readonly Rule[] = [
  gateOn,
  retentionSet,
  actionsPinned,
  environmentsDeclared,
  requiredReviews,
  noAdminBypass,
  noPlainSecret,
  noLatest,
  allowedPlatforms,
  rulesBypass,
  secretLikeName,
];
