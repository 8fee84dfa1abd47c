/** Where a registry listens: a host and an optional port. */
import type { Fault } from "../errors";
import { checked } from "./checked";

declare const brand: unique symbol;

/** Host in lower case with an optional port, no scheme and no path: `ghcr.io`, `127.0.0.1:18481`, `[::1]:5000`. */
export type RegistryHost = string & { readonly [brand]: "RegistryHost" };

const label = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const grammar = new RegExp(`^(\\[[0-9a-f:.]+\\]|${label}(?:\\.${label})*)(:[1-9][0-9]{0,4})?$`);
/** RFC 1035, section 2.3.4; and it bounds the work of the expression above. */
const longest = 255;

/**
 * Letter case carries no meaning in a host (RFC 4343), so capitals are lowered.
 * @throws PlatformError `invalid-registry`
 */
export function parseRegistryHost(where: string, host: string): RegistryHost {
  return checked(host.toLowerCase(), registryHostFault(where, host));
}

export function registryHostFault(where: string, host: string): Fault | undefined {
  if (isRegistryHost(host.toLowerCase())) return undefined;
  return {
    code: "invalid-registry",
    where,
    problem: "must be a host name with an optional port, without scheme and path",
    got: host,
    fix: "write it like ghcr.io or 127.0.0.1:18481; a name without a dot needs its port",
  };
}

/**
 * A first part without dot and port that isn't `localhost` is a folder of Docker Hub to Docker's clients:
 * github.com/distribution/reference, normalize.go, `splitDockerDomain`. The URL parser knows addresses and ports.
 */
function isRegistryHost(host: string): boolean {
  return (
    host.length <= longest &&
    grammar.test(host) &&
    (/[.:]/.test(host) || host === "localhost") &&
    URL.canParse(`http://${host}/`)
  );
}

/** Whether the host, with or without a port, is this machine; only there is plain http spoken. */
export function isLoopbackHost(host: string): boolean {
  return /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(:\d+)?$/i.test(host);
}
