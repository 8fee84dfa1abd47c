/**
 * Signatures and provenance of an image, looked at by the tool that is made for it. What a policy requires and
 * nobody here can look at is not taken for verified.
 */
import { execFile } from "node:child_process";
import { PlatformError, type Fault } from "../core/errors";

export const verifiable = ["signature", "provenance"] as const;
export type Verifiable = (typeof verifiable)[number];

export type Verdict =
  | { readonly kind: "verified" }
  | { readonly kind: "failed"; readonly why: string }
  /** Nobody looked: the tool isn't there, or wasn't told whom to trust. */
  | { readonly kind: "unverifiable"; readonly why: string };

export interface Verifier {
  /** @param reference `<registry>/<repository>@sha256:…` */
  verify(what: Verifiable, reference: string): Promise<Verdict>;
}

/** Whom a signature has to be of. */
export interface Trust {
  /** File of a public key. */
  readonly key?: string | undefined;
  /** Regular expression of a certificate's identity, with who vouched for it. */
  readonly identity?: string | undefined;
  readonly issuer?: string | undefined;
}

/** @param program cosign, by its path or on the PATH */
export function cosignVerifier(trust: Trust, program: string): Verifier {
  return {
    async verify(what, reference) {
      const whom = trustFlags(trust);
      if (whom === undefined)
        return { kind: "unverifiable", why: "neither a key nor a certificate's identity is given" };
      const subcommand =
        what === "signature" ? ["verify"] : ["verify-attestation", "--type", "slsaprovenance1"];
      return runTool(program, [...subcommand, ...whom, reference]);
    },
  };
}

/** @throws PlatformError with every requirement that is not met */
export async function requireVerified(
  verifier: Verifier,
  required: readonly Verifiable[],
  reference: string,
): Promise<void> {
  const faults: Fault[] = [];
  for (const what of required) {
    const verdict = await verifier.verify(what, reference);
    if (verdict.kind === "verified") continue;
    const failed = verdict.kind === "failed";
    faults.push({
      code: failed ? `${what}-refused` : `${what}-unverifiable`,
      where: reference,
      problem: failed
        ? `its ${what} is not as required: ${verdict.why}`
        : `its ${what} is required and can't be verified here: ${verdict.why}`,
      fix: failed
        ? "publish the image by its workflow, which signs it, and promote that digest"
        : "install cosign and name whom to trust: --cosign-key, or --certificate-identity with --certificate-issuer",
    });
  }
  if (faults.length > 0) throw new PlatformError(faults);
}

/** A key's signatures need no transparency log to be checked; a certificate's do, since it ends within minutes. */
function trustFlags({ key, identity, issuer }: Trust): readonly string[] | undefined {
  if (key !== undefined) return ["--key", key, "--insecure-ignore-tlog=true"];
  if (identity === undefined || issuer === undefined) return undefined;
  return ["--certificate-identity-regexp", identity, "--certificate-oidc-issuer", issuer];
}

function runTool(program: string, flags: readonly string[]): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile(program, [...flags], { timeout: 120_000, maxBuffer: 1 << 24 }, (error, _, stderr) => {
      if (error === null) return resolve({ kind: "verified" });
      if (error.code === "ENOENT")
        return resolve({ kind: "unverifiable", why: `${program} is not installed` });
      const [line = ""] = stderr.trim().split("\n").slice(-1);
      resolve({
        kind: "failed",
        why: line.slice(0, 300) || `${program} ended with ${error.code ?? "a signal"}`,
      });
    });
  });
}
