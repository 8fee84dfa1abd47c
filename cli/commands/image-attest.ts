import { Command } from "commander";
import { z } from "zod";
import { attachGateResult } from "../../clients/gate-results";
import { formatImageReference } from "../../core/names";
import { parseGateResult, type GateResult } from "../../core/scan";
import type { Io } from "../io";
import { readJsonFile } from "../json-file";
import { found, parsePinned, registryOf, type PinnedReference } from "../registry-access";
import { Gathered, list, readRequest, withRequestOptions, type Request } from "../request";

const request = z.strictObject({
  image: z.string(),
  gateResults: z.array(z.unknown()).min(1),
});

interface Options {
  readonly image?: string;
  readonly gateResult?: readonly string[];
  readonly input?: string;
  readonly json?: true;
}

/** `ghcr image attest`: keeps the gate's result with the image that it is of. */
export function imageAttestCommand(io: Io): Command {
  const command = new Command("attest")
    .description("Attach the gate's result to the image that it is of, as evidence for promotion.")
    .option("--image <reference>", "<registry>/<owner>/<service>@sha256:<digest>")
    .option(
      "--gate-result <files>",
      "results of ghcr image scan; those of single platforms become one",
      list,
    );
  return withRequestOptions(command)
    .addHelpText("after", help)
    .action(async ({ input, json, image, gateResult }: Options) => {
      const gateResults = gateResult?.map((file) => readJsonFile("--gate-result", file));
      const { reference, results } = parse(await readRequest(io, request, input, { image, gateResults }));
      const registry = registryOf(reference, io);
      const name = formatImageReference(reference);
      const outcome = await found(name, attachGateResult(registry, reference, results));
      if (json === true) io.print(JSON.stringify({ image: name, ...outcome }));
      else io.print(`${name}: ${outcome.action}, the gate's result of ${outcome.at} is ${outcome.digest}`);
    });
}

function parse({ values, where }: Request<z.infer<typeof request>>): {
  reference: PinnedReference;
  results: readonly GateResult[];
} {
  const gathered = new Gathered();
  const reference = gathered.take(() => parsePinned(where("image"), values.image));
  const results = values.gateResults.map((json) =>
    gathered.take(() => parseGateResult(where("gateResults"), json)),
  );
  return gathered.finish(() => ({
    reference: reference as PinnedReference,
    results: results.filter((result) => result !== undefined),
  }));
}

const help = `
Repeating it is harmless: a result that says what the latest one says, and is less than a day younger, is not
attached again. A blocked result, one of another image, or one that lacks a platform is refused.

Examples:
  ghcr image attest --image ghcr.io/albeorla/todost@sha256:… --gate-result reports/gate-result.linux-amd64.json,reports/gate-result.linux-arm64.json
  echo '{"image": "…@sha256:…", "gateResults": [{…}]}' | ghcr image attest --input - --json

Exit codes: 0 the image has its result; 1 it is no evidence, or the registry refuses; 2 wrong usage.`;
