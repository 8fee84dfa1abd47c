/** How a registry says no, and how the platform passes it on. */
import { PlatformError } from "../core/errors";

/**
 * An answer of the registry's that is no success. Credentials and tokens are masked before the error exists.
 * Error codes: distribution specification 1.1, "Error codes".
 */
export class RegistryError extends Error {
  constructor(
    /** `GET /v2/albeorla/todost/manifests/latest`, without the query. */
    readonly request: string,
    /** HTTP status; 0 where an answer was not what the protocol says (a wrong digest, a broken body). */
    readonly status: number,
    /** The registry's own code, e.g. `MANIFEST_UNKNOWN`; `DIGEST_MISMATCH` and the like are this client's. */
    readonly code: string,
    detail: string,
  ) {
    super(`${request}: ${status === 0 ? "" : `${status} `}${code}${detail === "" ? "" : `: ${detail}`}`);
    this.name = "RegistryError";
  }

  /** Whether what was asked for is not there. */
  get isNotFound(): boolean {
    return this.status === 404;
  }
}

/** What was asked for, or undefined where the registry says that it isn't there. */
export async function unlessNotFound<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof RegistryError && error.isNotFound) return undefined;
    throw error;
  }
}

/** The registry doesn't answer at all. */
export function unreachable(host: string, reason: string, cause: unknown): PlatformError {
  return new PlatformError(
    {
      code: "registry-unreachable",
      where: `registry ${host}`,
      problem: `the registry can't be reached (${reason})`,
      fix: "check the address and the network; in the sandbox, `make up` starts the registry again",
    },
    { cause },
  );
}

/** The registry doesn't let these credentials, or nobody's, do it. */
export function denied(host: string, repository: string, actions: string, signedIn: boolean): PlatformError {
  const right = actions === "pull" ? "read:packages" : "write:packages";
  return new PlatformError({
    code: "registry-denied",
    where: `registry ${host}`,
    problem: signedIn
      ? `the credentials may not ${verb(actions)} ${repository}`
      : `${repository} needs a sign-in to ${verb(actions)}, and there are no credentials for ${host}`,
    fix:
      `set GHCR_USERNAME and GHCR_TOKEN to a token with ${right} (in a workflow: GITHUB_TOKEN with ` +
      `packages: ${actions === "pull" ? "read" : "write"}), or run docker login ${host}`,
  });
}

function verb(actions: string): string {
  return actions === "pull" ? "pull" : "push to";
}
