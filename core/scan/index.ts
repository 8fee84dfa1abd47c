/** The vulnerability gate: which images pass, on what evidence, and with which exceptions. */
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
