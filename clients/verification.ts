/**
 * What an image carries, asked for piece by piece before it is promoted. What is required and nobody here can look at
 * is not taken for verified.
 */
import { PlatformError, type Fault } from "../core/errors";
import type { EvidenceRow, Verdict } from "../core/evidence";
import type { RequirableKind } from "../core/promotion";
import { parseImageReference, type Digest } from "../core/names";
import { withCosign, type Trust } from "./cosign";
import { registryCredentials } from "./credentials";
import { readEvidence } from "./evidence";
import { readServedImage } from "./images";
import { openRegistry } from "./registry";

/** The gate's result is asked for by itself: it has an age. */
export interface Verifier {
  /**
   * One verdict for each that is asked for.
   * @param reference `<registry>/<repository>@sha256:…`
   */
  verify(what: readonly RequirableKind[], reference: string): Promise<readonly Verdict[]>;
}

/**
 * Reads what is attached to an image and to its platforms' manifests, and has cosign look at the signatures.
 * @param trust whose signatures count; with none of its fields nobody's do, and provenance has only to be there
 * @param program cosign, by its path or on the PATH
 */
export function cosignVerifier(
  trust: Trust,
  program: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Verifier {
  const trusting = Object.values(trust).some((each) => each !== undefined);
  async function read(text: string): Promise<readonly EvidenceRow[]> {
    const { registry: host, repository, digest } = parseImageReference("image", text);
    const registry = openRegistry(host, { credentials: () => registryCredentials(host, environment) });
    const served = await readServedImage(registry, repository, digest as Digest);
    return withCosign({ program, registry: host, environment }, (cosign) =>
      readEvidence({ registry, repository, served }, trusting ? trust : undefined, cosign),
    );
  }
  return {
    async verify(what, reference) {
      if (what.length === 0) return [];
      const rows = await read(reference);
      return what.map((each) =>
        each === "signature" && !trusting ? nobody : verdictOn(rows.filter(({ kind }) => kind === each)),
      );
    },
  };
}

const nobody: Verdict = {
  kind: "unverifiable",
  why: "neither a key nor a certificate's identity is given",
};

/** @throws PlatformError with every requirement that is not met */
export async function requireVerified(
  verifier: Verifier,
  required: readonly RequirableKind[],
  reference: string,
): Promise<void> {
  const faults: Fault[] = [];
  const verdicts = await verifier.verify(required, reference);
  for (const [index, what] of required.entries()) {
    const verdict = verdicts[index] ?? nobody;
    if (verdict.kind === "verified") continue;
    const failed = verdict.kind === "failed";
    const name = what === "sbom" ? "SBOM" : what;
    faults.push({
      code: failed ? `${what}-refused` : `${what}-unverifiable`,
      where: reference,
      problem: failed
        ? `its ${name} is not as required: ${verdict.why}`
        : `its ${name} is required and can't be verified here: ${verdict.why}`,
      fix: failed
        ? "publish the image by its workflow, which attaches it, and promote that digest"
        : "install cosign and name whom to trust: --cosign-key, or --certificate-identity with --certificate-issuer",
    });
  }
  if (faults.length > 0) throw new PlatformError(faults);
}

/** Of several, as SBOMs are, the first that is not as it has to be. */
function verdictOn(rows: readonly EvidenceRow[]): Verdict {
  const wrong = rows.find(({ state }) => state !== "verified" && state !== "present");
  if (wrong === undefined) return { kind: "verified" };
  const why = wrong.of === "index" ? wrong.detail : `${wrong.of}: ${wrong.detail}`;
  return { kind: wrong.state === "unverifiable" ? "unverifiable" : "failed", why };
}
