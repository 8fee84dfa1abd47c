/** The vulnerability gate: which images pass, on what evidence, and with which exceptions. */
export {
  covers,
  exceptionFaults,
  exceptionNotices,
  holds,
  renderIgnoreFile,
  type Exception,
  type ExceptionNotice,
} from "./exceptions";
export { blockFaults } from "./block-text";
export {
  endingExceptions,
  endingTable,
  endsAdvice,
  exceptionsComment,
  exceptionsMark,
  type EndingException,
  type ExceptedService,
} from "./ending";
export {
  evidenceFaults,
  gateResultOf,
  isRepetition,
  mergeGateResults,
  type GatedImage,
  type ScanFacts,
} from "./evidence";
export {
  blockCodes,
  gateResultArtifactType,
  parseGateResult,
  severities,
  vouchesFor,
  type BlockCode,
  type Counts,
  type GateResult,
  type Severity,
} from "./gate-result";
export {
  findingsExitCode,
  judge,
  type Block,
  type BlockingFinding,
  type PlatformScan,
  type PlatformVerdict,
  type ScanOutcome,
} from "./judge";
export type { Finding } from "./report";

/** Where Trivy itself looks for its database, the first that answers: pkg/flag/db_flags.go of v0.74.0. */
export const defaultDatabase = "mirror.gcr.io/aquasec/trivy-db:2,ghcr.io/aquasecurity/trivy-db:2";
