/**
 * Names that GitHub and the OCI specifications have rules for, as types that only a parser makes. Each has
 * `parse…(where, text)`, which returns the value or throws a `PlatformError`, and `…Fault(where, text)`, which
 * returns what is wrong so that a caller can gather all faults of its input.
 */
export { imageName, imageNameFault, imageNameParts, parseImageName, type ImageName } from "./image-name";
export {
  formatImageReference,
  imageReferenceFault,
  parseImageReference,
  parsePinnedReference,
  type ImageReference,
  type PinnedReference,
} from "./image-reference";
export {
  longestLogin,
  ownerFault,
  parseOwnerLogin,
  parseRepositoryFullName,
  parseRepositoryName,
  repositoryFullNameFault,
  repositoryNameFault,
  repositoryParts,
  sameRepository,
  type OwnerLogin,
  type RepositoryFullName,
  type RepositoryName,
} from "./owner-and-repository";
export {
  isKnownPlatform,
  knownPlatforms,
  parsePlatform,
  platformFault,
  platformOf,
  platformParts,
  type KnownPlatform,
  type Platform,
  type PlatformParts,
} from "./platform";
export { isLoopbackHost, parseRegistryHost, registryHostFault, type RegistryHost } from "./registry-host";
export {
  collisions,
  parseServiceName,
  serviceName,
  serviceNameFault,
  type ServiceName,
} from "./service-name";
export {
  digestFault,
  isDigest,
  isTag,
  parseDigest,
  parseTag,
  tagFault,
  type Digest,
  type Tag,
} from "./digest-and-tag";
