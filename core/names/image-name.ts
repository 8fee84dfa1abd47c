/** Names of images: `<registry>/<owner>/<service>`, and whatever else a registry may call one. */
import { PlatformError, type Fault } from "../errors";
import { checked } from "./checked";
import { ownerFault } from "./owner-and-repository";
import { registryHostFault, type RegistryHost } from "./registry-host";
import { serviceNameFault } from "./service-name";

declare const brand: unique symbol;

/** `<registry host>/<name>` without tag and digest; this platform's are `<registry>/<owner>/<service>`. */
export type ImageName = string & { readonly [brand]: "ImageName" };

/** OCI distribution specification 1.1, "Pulling manifests": what `<name>` must match. */
const nameGrammar = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
/** Same place: many clients take at most 255 characters for host, port, `/` and `<name>` together. */
const longest = 255;

/**
 * `ghcr.io/albeorla/hello-python`. Capitals in the registry's host and the owner's login are lowered: neither
 * knows letter case, and an image's name has none.
 * @throws PlatformError with every fault at once
 */
export function imageName(parts: {
  readonly registry: string;
  readonly owner: string;
  readonly service: string;
}): ImageName {
  const faults = [
    registryHostFault("registry", parts.registry),
    ownerFault("owner", parts.owner),
    serviceNameFault("service", parts.service),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new PlatformError(faults);
  const name = `${parts.registry.toLowerCase()}/${parts.owner.toLowerCase()}/${parts.service}`;
  return parseImageName("image name", name);
}

/** @throws PlatformError `invalid-image-name` */
export function parseImageName(where: string, name: string): ImageName {
  return checked(name, imageNameFault(where, name));
}

export function imageNameFault(where: string, name: string): Fault | undefined {
  if (isImageName(name)) return undefined;
  return {
    code: "invalid-image-name",
    where,
    problem: `must be <registry>/<owner>/<service> in lower case, at most ${longest} characters, without a tag`,
    got: name,
    fix: "write it like ghcr.io/albeorla/hello-python",
  };
}

/** Where the image is, and the `<name>` that its registry knows it by. */
export function imageNameParts(name: ImageName): {
  readonly registry: RegistryHost;
  readonly repository: string;
} {
  const slash = name.indexOf("/");
  return { registry: name.slice(0, slash) as RegistryHost, repository: name.slice(slash + 1) };
}

export function isImageName(name: string): name is ImageName {
  const slash = name.indexOf("/");
  const host = name.slice(0, Math.max(slash, 0));
  return (
    name.length <= longest &&
    host === host.toLowerCase() &&
    registryHostFault("registry", host) === undefined &&
    nameGrammar.test(name.slice(slash + 1))
  );
}
