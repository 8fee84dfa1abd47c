/** Names of images, `<registry>/<owner>/<service>`, and of what they are made of. */
import { PlatformError, type Fault } from "../errors";
import { isDigest, isTag, type Digest, type Tag } from "./digest-and-tag";
import { serviceNameFault } from "./service-name";

declare const brand: unique symbol;

/** `<registry host>/<owner in lower case>/<service>`, without tag and digest. */
export type ImageName = string & { readonly [brand]: "ImageName" };

/** An image's name with what follows it. */
export interface ImageReference {
  /** Host, with its port if it has one. */
  readonly registry: string;
  /** Everything between the host and the tag, e.g. `albeorla/hello-python`. */
  readonly repository: string;
  readonly tag: Tag | undefined;
  readonly digest: Digest | undefined;
}

/** GitHub's logins: alphanumerics and single hyphens inside, 39 characters at most. */
const loginGrammar = /^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/;
const longestLogin = 39;
/** https://docs.github.com/repositories: letters, digits, `.`, `_` and `-`. */
const repositoryGrammar = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;
const hostGrammar =
  /^(\[[0-9a-fA-F:]+\]|[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(:[0-9]{1,5})?$/;
/** OCI distribution specification 1.1, "Pulling manifests": a repository's `<name>`. */
const ociName = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
/** Many clients cap host and name together, the specification says. */
const longestName = 255;

export function ownerFault(where: string, login: string): Fault | undefined {
  if (loginGrammar.test(login) && login.length <= longestLogin) return undefined;
  return {
    code: "invalid-owner",
    where,
    problem: `must be a GitHub login: letters, digits and single hyphens, at most ${longestLogin} characters`,
    got: login,
    fix: "write the organization's or user's login as in its address on github.com",
  };
}

export function repositoryNameFault(where: string, name: string): Fault | undefined {
  if (repositoryGrammar.test(name) && !name.endsWith(".git")) return undefined;
  return {
    code: "invalid-repository-name",
    where,
    problem: "must be 1 to 100 letters, digits, . _ - and not end in .git",
    got: name,
    fix: "write the repository's name without its owner",
  };
}

export function registryHostFault(where: string, host: string): Fault | undefined {
  if (hostGrammar.test(host) && Number(/:(\d+)$/.exec(host)?.[1] ?? 0) <= 65535) return undefined;
  return {
    code: "invalid-registry",
    where,
    problem: "must be a host name with an optional port, without scheme and path",
    got: host,
    fix: "write it like ghcr.io or 127.0.0.1:18481",
  };
}

/**
 * `ghcr.io/albeorla/hello-python`. An owner's upper-case letters are lowered, as GHCR does.
 * @throws PlatformError with every fault
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
  const name = `${parts.registry}/${parts.owner.toLowerCase()}/${parts.service}`;
  const fault = imageNameFault("image name", name);
  if (fault !== undefined) throw new PlatformError(fault);
  return name as ImageName;
}

export function imageNameFault(where: string, name: string): Fault | undefined {
  const slash = name.indexOf("/");
  const legal =
    slash > 0 &&
    name.length <= longestName &&
    registryHostFault(where, name.slice(0, slash)) === undefined &&
    ociName.test(name.slice(slash + 1));
  if (legal) return undefined;
  return {
    code: "invalid-image-name",
    where,
    problem: `must be <registry>/<owner>/<service> as OCI distribution writes names, at most ${longestName} characters`,
    got: name,
    fix: "write it like ghcr.io/albeorla/hello-python",
  };
}

/**
 * Takes a reference apart: `<registry>/<repository>[:<tag>][@<digest>]`, the registry always written out.
 * @throws PlatformError
 */
export function parseImageReference(where: string, text: string): ImageReference {
  const [named = "", digest, ...more] = text.split("@");
  const colon = named.lastIndexOf(":");
  const tagged = colon > named.indexOf("/");
  const name = tagged ? named.slice(0, colon) : named;
  const tag = tagged ? named.slice(colon + 1) : undefined;
  const fault = imageNameFault(where, name);
  const legal =
    more.length === 0 && (tag === undefined || isTag(tag)) && (digest === undefined || isDigest(digest));
  if (fault !== undefined || !legal) {
    throw new PlatformError({
      code: "invalid-image-reference",
      where,
      problem: "must be <registry>/<owner>/<service>, with :<tag> or @sha256:<digest> or both after it",
      got: text,
      fix: "write it like ghcr.io/albeorla/hello-python@sha256:…",
    });
  }
  const slash = name.indexOf("/");
  return {
    registry: name.slice(0, slash),
    repository: name.slice(slash + 1),
    tag,
    digest: digest as Digest | undefined,
  };
}
