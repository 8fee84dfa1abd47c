/** Images as the registry holds them. */
export * from "./graph";
export * from "./graph-order";
export {
  checkImage,
  type CheckedPlatform,
  type CheckResult,
  type ImageExpectation,
  type ServedImage,
  type ServedManifest,
} from "./checks";
export { lastRelease, renderSummary, type PublishedSummary, type SizedPlatform } from "./summary";
export { imagePlatforms, manifestIn, type ImagePlatform } from "./platforms";
export { assembleIndex, type AssembledIndex, type IndexPart } from "./assemble";
export { isRegained, planTagMove } from "./tag-move";
export { imageSource, type ImageSource } from "./revision";
export { containerPlan, runtimeConfig, type ContainerPlan, type Emulator } from "./container";
export {
  mediaTypes,
  readConfig,
  readIndex,
  readManifest,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  type IndexEntry,
} from "./documents";
