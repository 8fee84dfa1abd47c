/** What proves how an image came to be: its SBOMs, provenance and signature, beside the gate's result. */
export { baseImages, type BaseImage } from "./base-images";
export {
  bundleArtifactType,
  evidenceKinds,
  provenancePredicate,
  sbomArtifactType,
  signings,
  statementArtifactType,
  type EvidenceKind,
  type Signing,
} from "./kinds";
export {
  buildDefinition,
  buildDefinitionSchema,
  builderRun,
  isSameBuild,
  provenanceOf,
  provenanceStatement,
  readProvenance,
  sbomName,
  vouchedFor,
  type BuildDefinition,
  type BuildFacts,
  type BuilderRun,
  type Provenance,
  type RunFacts,
} from "./provenance";
export {
  evidenceKind,
  evidenceRowFaults,
  judgeEvidence,
  type EvidenceRow,
  type EvidenceState,
  type FoundEvidence,
  type Verdict,
} from "./judge";
export { renderSbom, sbomProblem, type SbomSubject } from "./sbom";
export { githubIssuer, literally, workflowSigner, type Signer } from "./signer";
