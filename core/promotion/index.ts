/** Promotion: which digest an environment may move to, what a move leaves behind, and the way back. */
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
export { retainedByRecords, type RetainedByRecords } from "./retained";
