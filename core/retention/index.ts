/** Which images of a package may go, why each one goes or stays, and in which order. */
export * from "./inventory";
export * from "./policy";
export { defaultPolicy, definePolicy, parsePolicy, policySchema } from "./policy-schema";
export * from "./plan-file";
export { plan } from "./plan";
export { planAtMost } from "./at-most";
export { explain, type Explanation } from "./explain";
export { frozenBy } from "./deletions";
export { fingerprint, policyFingerprint } from "./fingerprint";
export { schemas } from "./json-schema";
export { historyTimeline, parsePushHistory, spanOf, type PushHistory } from "./push-history";
export { noGrowth, repeatedPushes } from "./growth";
export {
  endOf,
  simulate,
  type SimulatedMonth,
  type SimulatedRun,
  type Simulation,
  type SimulationOptions,
} from "./simulate";
export type { Timeline } from "./timeline";
