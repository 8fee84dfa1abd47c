export {
  imageName,
  imageNameFault,
  ownerFault,
  parseImageReference,
  registryHostFault,
  repositoryNameFault,
  type ImageName,
  type ImageReference,
} from "./image-name";
export { collisions, serviceName, serviceNameFault, type ServiceName } from "./service-name";
export { isDigest, isTag, parseDigest, parseTag, type Digest, type Tag } from "./digest-and-tag";
