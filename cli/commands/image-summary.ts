import { Command } from "commander";
import { z } from "zod";
import { readAttachedResults } from "../../clients/gate-results";
import { readServedImage } from "../../clients/images";
import type { Registry } from "../../clients/registry";
import { checkImage, lastRelease, renderSummary, type SizedPlatform } from "../../core/images";
import {
  formatImageReference,
  type Digest,
  parsePinnedReference,
  type PinnedReference,
} from "../../core/names";
import type { Counts } from "../../core/scan";
import type { Io } from "../io";
import { found, registryOf } from "../../clients/registry-access";
import { Gathered, list, readRequest, withRequestOptions } from "../request";

const request = z.strictObject({ image: z.string(), tags: z.array(z.string()).min(1) });

/** `ghcr image summary`: a published image in Markdown, compared with the last release. Reads only. */
export function imageSummaryCommand(io: Io): Command {
  const command = new Command("summary")
    .description(
      "Print what was published as Markdown: tags, sizes and vulnerabilities, and how they changed since the last release.",
    )
    .option("--image <reference>", "<registry>/<owner>/<service>@sha256:<digest> of the index")
    .option("--tags <list>", "the tags that it was given, with commas between them", list);
  return withRequestOptions(command)
    .addHelpText("after", help)
    .action(async ({ input, json, ...flags }: Options) => {
      const { values, where } = await readRequest(io, request, input, flags);
      const gathered = new Gathered();
      const parsed = gathered.take(() => parsePinnedReference(where("image"), values.image));
      const reference = gathered.finish(() => parsed as PinnedReference);
      const { repository, digest, name } = reference;
      const registry = registryOf(reference, io.environment);
      const platforms = await found(formatImageReference(reference), sizes(registry, repository, digest));
      const last = await previous(registry, repository, digest, values.tags);
      const summary = { name, digest, tags: values.tags, platforms, lastRelease: last };
      io.print(json === true ? JSON.stringify(summary) : renderSummary(summary));
    });
}

interface Options {
  readonly image?: string;
  readonly tags?: readonly string[];
  readonly input?: string;
  readonly json?: true;
}

async function sizes(
  registry: Registry,
  repository: string,
  digest: Digest,
): Promise<readonly SizedPlatform[]> {
  const nothing = { platforms: [], labels: {}, nonRoot: false };
  const { platforms } = checkImage(await readServedImage(registry, repository, digest), nothing);
  const findings = await findingsOf(registry, repository, digest);
  return platforms.map((each) => ({ ...each, findings: findings.get(each.digest) }));
}

/** By the digest of the platform's manifest, of the latest result that is attached. */
async function findingsOf(
  registry: Registry,
  repository: string,
  digest: Digest,
): Promise<ReadonlyMap<string, Counts>> {
  const attached = await readAttachedResults(registry, repository, digest);
  const latest = attached.find(({ result }) => result.digest === digest)?.result;
  return new Map(latest?.platforms.map((each) => [each.digest, each.findings]));
}

/** The highest release but this image's own version; one whose image is this very one is no comparison. */
async function previous(registry: Registry, repository: string, digest: Digest, own: readonly string[]) {
  const version = lastRelease(await registry.tags(repository), own);
  if (version === undefined) return undefined;
  const before = await registry.resolve(repository, version);
  if (before === undefined || before.digest === digest) return undefined;
  return { version, platforms: await sizes(registry, repository, before.digest) };
}

const help = `
The last release is the highest version among the package's tags that is no pre-release and not this image's own.
Vulnerabilities are those of the gate's latest result that is attached to each (ghcr image attest).

Example:
  ghcr image summary --image ghcr.io/albeorla/todost@sha256:… --tags latest,sha-4fa8d21 >> "$GITHUB_STEP_SUMMARY"

Exit codes: 0 it was printed; 1 the image can't be read; 2 wrong usage.`;
