/** Promotion: which digest an environment may move to, what a move leaves behind, and the way back. */
export {
  decidePromotion,
  refusalFault,
  stageBefore,
  type GateEvidence,
  type PromotionDecision,
  type PromotionPolicy,
  type PromotionQuestion,
  type RefusalCode,
  type Wanted,
} from "./decide";
export { hasRun, historyOf, nextSequence, rollbackTarget, type EnvironmentHistory } from "./history";
export {
  commitsBetween,
  promotionAnnotation,
  promotionArtifactType,
  readRecord,
  recordAnnotations,
  type CommitsBetween,
  type KeptRecord,
  type PromotionRecord,
  type ReadRecord,
} from "./record";
export {
  requirableKinds,
  promotionDefaults,
  promotionRules,
  type RequirableKind,
  type PromotionRules,
  type StageRules,
} from "./rules";
export { runsHigher } from "./release";
export { retainedByRecords, type RetainedByRecords } from "./retained";
