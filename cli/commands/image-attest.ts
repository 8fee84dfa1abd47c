import { Command, Option } from "commander";
import { z } from "zod";
import { readServedImage } from "../../clients/images";
import { buildDefinitionSchema, signings } from "../../core/evidence";
import { formatImageReference, parsePinnedReference, type PinnedReference } from "../../core/names";
import { defaultDatabase, parseGateResult } from "../../core/scan";
import { attestImage, signingKey, type Evidence } from "../../clients/attest-image";
import { evidenceLines } from "../evidence-text";
import type { Io } from "../io";
import { readJsonFile, readTextFile } from "../json-file";
import { found, registryOf } from "../../clients/registry-access";
import { Gathered, list, readRequest, withRequestOptions, type Request } from "../request";

const request = z.strictObject({
  image: z.string(),
  gateResults: z.array(z.unknown()).min(1),
  sboms: z.array(z.string()).default([]),
  provenance: buildDefinitionSchema.optional(),
  builder: z.string().min(1).optional(),
  sign: z.enum(signings).default("none"),
  cosign: z.string().default("cosign"),
  database: z.string().min(1).optional(),
});

interface Options {
  readonly image?: string;
  readonly gateResult?: readonly string[];
  readonly sbom?: readonly string[];
  readonly provenance?: string;
  readonly builder?: string;
  readonly sign?: string;
  readonly cosign?: string;
  readonly database?: string;
  readonly input?: string;
  readonly json?: true;
}

/** `ghcr image attest`: keeps with an image all that proves how it came to be. */
export function imageAttestCommand(io: Io): Command {
  const command = new Command("attest")
    .description("Attach to an image its gate result, SBOMs, provenance and signature, and verify them.")
    .option("--image <reference>", "<registry>/<owner>/<service>@sha256:<digest>")
    .option("--gate-result <files>", "results of ghcr image scan; those of single platforms become one", list)
    .option("--sbom <files>", "SBOMs of ghcr image scan (default: what a scan left on this machine)", list)
    .option("--provenance <file>", "JSON of the build's definition, as ghcr plan gives it (default: none)")
    .option("--builder <url>", "who builds, where no workflow does (default: the source repository)")
    .addOption(new Option("--sign <way>", "how the image and its provenance are signed").choices(signings))
    .option("--cosign <program>", "what signs (default: cosign)")
    .option("--database <references>", "vulnerability database, where an SBOM has to be made anew");
  return withRequestOptions(command)
    .addHelpText("after", help)
    .action(async ({ input, json, gateResult, sbom, provenance: file, ...flags }: Options) => {
      const gateResults = gateResult?.map((each) => readJsonFile("--gate-result", each));
      const sboms = sbom?.map((each) => readTextFile("--sbom", each));
      const provenance = file === undefined ? undefined : readJsonFile("--provenance", file);
      const given = { ...flags, gateResults, sboms, provenance };
      const evidence = parse(await readRequest(io, request, input, given), io);
      const { reference } = evidence;
      const registry = registryOf(reference, io.environment);
      const name = formatImageReference(reference);
      const served = await found(name, readServedImage(registry, reference.repository, reference.digest));
      const image = { registry, repository: reference.repository, served };
      const outcome = await attestImage(image, evidence, io.environment, io.complain);
      if (json === true) return io.print(JSON.stringify({ image: name, ...outcome }));
      for (const { kind, of, action } of outcome.kept) io.print(`${kind} of ${of}: ${action}`);
      for (const line of evidenceLines(name, outcome.evidence)) io.print(line);
    });
}

function parse({ values, where }: Request<z.infer<typeof request>>, io: Io): Evidence {
  const gathered = new Gathered();
  const reference = gathered.take(() => parsePinnedReference(where("image"), values.image));
  const results = values.gateResults.map((json) =>
    gathered.take(() => parseGateResult(where("gateResults"), json)),
  );
  const { provenance: build, builder } = values;
  const database = values.database ?? io.environment["GHCR_VULNERABILITY_DATABASE"] ?? defaultDatabase;
  return gathered.finish(() => ({
    reference: reference as PinnedReference,
    gateResults: results.filter((result) => result !== undefined),
    sboms: values.sboms,
    provenance:
      build === undefined
        ? undefined
        : { build, builder: builder ?? `${repositoryOf(build)}#ghcr-image-attest` },
    signing: signingKey(values.sign, io.environment),
    cosign: values.cosign,
    database,
  }));
}

/** The first thing that a build depends on is its source. */
function repositoryOf({
  resolvedDependencies: [source] = [],
}: NonNullable<z.infer<typeof request>["provenance"]>): string {
  return (source?.uri ?? "").replace(/^git\+/, "").replace(/@[^@]*$/, "");
}

const help = `
Attached are, as what refers to them: to the index the gate's result, SLSA provenance and the signature; to each
platform's manifest its SBOM (SPDX 2.3). All of it is then read back and verified. Repeating it is harmless: what says
the same is not attached again, nor is a gate result that repeats one of the same day. A blocked result, one of another
image, or one that lacks a platform is refused.

--sign keyless needs cosign and a job with id-token: write; the signature then stands in Sigstore's public log. A
machine without such an identity names a key in GHCR_SIGNING_KEY (a file, env://NAME or a KMS URI), its password in
COSIGN_PASSWORD; it goes before --sign, and nothing goes to a log.

Examples:
  ghcr image attest --image ghcr.io/albeorla/todost@sha256:… --gate-result reports/gate-result.linux-amd64.json \\
    --sbom reports/linux-amd64.spdx.json --provenance build.json --sign keyless
  echo '{"image": "…@sha256:…", "gateResults": [{…}], "sign": "none"}' | ghcr image attest --input - --json

Exit codes: 0 the image carries it all; 1 something is no evidence or is missing, or the registry refuses; 2 wrong usage.`;
