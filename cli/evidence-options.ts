/** The flags of `ghcr image verify` that say whom to trust, and what an image must carry. */
import type { Command } from "commander";
import { withCosign, type Cosign, type Trust } from "../clients/cosign";
import { evidenceKind, evidenceKinds, type EvidenceKind } from "../core/evidence";
import type { Io } from "./io";
import { list, UsageError } from "./request";

export interface EvidenceOptions {
  readonly require?: readonly string[];
  readonly cosign: string;
  readonly cosignKey?: string;
  readonly certificateIdentity?: string;
  readonly certificateIssuer?: string;
}

export function withEvidenceOptions(command: Command, otherwise: string): Command {
  return command
    .option(
      "--require <list>",
      `what it has to carry: ${evidenceKinds.join(", ")} (default: ${otherwise})`,
      list,
    )
    .option("--cosign <program>", "what verifies signatures", "cosign")
    .option("--cosign-key <file>", "public key of who signs")
    .option("--certificate-identity <regexp>", "who signs, by their certificate")
    .option("--certificate-issuer <url>", "who vouches for that identity");
}

/** @throws UsageError where it names no evidence */
export function parseEvidenceKind(text: string): EvidenceKind {
  const known = evidenceKind(text);
  if (known !== undefined) return known;
  throw new UsageError({
    code: "invalid-input",
    where: "--require",
    problem: "is nothing that an image carries",
    got: text,
    fix: `give some of ${evidenceKinds.join(", ")}, with commas between them`,
  });
}

/** Undefined: nobody is named. */
export function trustOf({
  cosignKey,
  certificateIdentity,
  certificateIssuer,
}: EvidenceOptions): Trust | undefined {
  if (cosignKey !== undefined) return { key: cosignKey };
  if ((certificateIdentity === undefined) !== (certificateIssuer === undefined)) {
    throw new UsageError({
      code: "invalid-input",
      where: certificateIdentity === undefined ? "--certificate-identity" : "--certificate-issuer",
      problem: "is missing: an identity counts with who vouches for it",
      fix: "give both, or --cosign-key",
    });
  }
  if (certificateIdentity === undefined) return undefined;
  return { identity: certificateIdentity, issuer: certificateIssuer };
}

/** cosign for a registry, for as long as `work` takes. */
export function useCosign<T>(
  { cosign }: Pick<EvidenceOptions, "cosign">,
  registry: string,
  io: Io,
  work: (cosign: Cosign) => Promise<T>,
): Promise<T> {
  return withCosign({ program: cosign, registry, environment: io.environment }, work);
}
