import { Command } from "commander";
import { z } from "zod";
import { readServedImage } from "../../clients/images";
import { readEvidence } from "../../clients/evidence";
import { PlatformError } from "../../core/errors";
import { evidenceKinds, evidenceRowFaults, type EvidenceKind } from "../../core/evidence";
import { formatImageReference, parsePinnedReference, type PinnedReference } from "../../core/names";
import {
  parseEvidenceKind,
  trustOf,
  useCosign,
  withEvidenceOptions,
  type EvidenceOptions,
} from "../evidence-options";
import { evidenceLines } from "../evidence-text";
import type { Io } from "../io";
import { found, registryOf } from "../../clients/registry-access";
import { Gathered, readRequest, withRequestOptions } from "../request";

const request = z.strictObject({
  image: z.string(),
  require: z.array(z.string()).min(1).optional(),
  cosign: z.string().default("cosign"),
  cosignKey: z.string().optional(),
  certificateIdentity: z.string().optional(),
  certificateIssuer: z.string().optional(),
});

interface Options extends EvidenceOptions {
  readonly image?: string;
  readonly input?: string;
  readonly json?: true;
}

/** `ghcr image verify`: whether an image carries all that proves how it came to be. Reads only. */
export function imageVerifyCommand(io: Io): Command {
  const command = new Command("verify")
    .description(
      "Resolve all evidence of an image and its platforms, and say what is missing. Changes nothing.",
    )
    .option("--image <reference>", "<registry>/<owner>/<service>@sha256:<digest> of the index");
  const otherwise = "gate, sbom, provenance; signature too where it is told whom to trust";
  return withRequestOptions(withEvidenceOptions(command, otherwise))
    .addHelpText("after", help)
    .action(async ({ input, json, ...flags }: Options) => {
      // With standard input the program's own default is no flag that was given.
      const given = input === undefined ? flags : { ...flags, cosign: undefined };
      const { values, where } = await readRequest(io, request, input, given);
      const gathered = new Gathered();
      const parsed = gathered.take(() => parsePinnedReference(where("image"), values.image));
      const wanted = values.require?.map((each) => gathered.take(() => parseEvidenceKind(each)));
      const trust = gathered.take(() => trustOf(trusting(values)));
      const reference = gathered.finish(() => parsed as PinnedReference);
      const name = formatImageReference(reference);
      const registry = registryOf(reference, io.environment);
      const served = await found(name, readServedImage(registry, reference.repository, reference.digest));
      const image = { registry, repository: reference.repository, served };
      const rows = await useCosign(values, reference.registry, io, (cosign) =>
        readEvidence(image, trust, cosign),
      );
      const required: readonly EvidenceKind[] =
        wanted?.filter((each) => each !== undefined) ??
        evidenceKinds.filter((kind) => kind !== "signature" || trust !== undefined);
      const faults = evidenceRowFaults(name, rows, required);
      if (json === true)
        io.print(JSON.stringify({ image: name, ok: faults.length === 0, required, evidence: rows }));
      else for (const line of evidenceLines(name, rows)) io.print(line);
      if (faults.length > 0) throw new PlatformError(faults);
    });
}

/** What JSON left out is not there at all. */
function trusting({
  cosign,
  cosignKey,
  certificateIdentity,
  certificateIssuer,
}: z.infer<typeof request>): EvidenceOptions {
  return {
    cosign,
    ...(cosignKey === undefined ? {} : { cosignKey }),
    ...(certificateIdentity === undefined ? {} : { certificateIdentity }),
    ...(certificateIssuer === undefined ? {} : { certificateIssuer }),
  };
}

const help = `
Each piece of evidence is one of
  verified      its signature is of whoever is trusted, or signed provenance names its digest
  present       there, and of this image; nobody's signature was asked for
  missing, refused, unverifiable

Without --cosign-key or --certificate-identity nobody is trusted, and signatures are not looked at. With either,
provenance has to be signed by them, too. cosign must be on PATH for that.

Examples:
  ghcr image verify --image ghcr.io/albeorla/todost@sha256:…
  ghcr image verify --image ghcr.io/albeorla/todost@sha256:… \\
    --certificate-identity '^https://github\\.com/albeorla/ghcr-platform/\\.github/workflows/container-publish\\.yml@' \\
    --certificate-issuer https://token.actions.githubusercontent.com
  ghcr image verify --image ghcr.io/albeorla/todost@sha256:… --require gate,sbom --json

Exit codes: 0 all that is required is there; 1 something isn't, or can't be read; 2 wrong usage.`;
