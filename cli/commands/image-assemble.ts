import { Command } from "commander";
import { z } from "zod";
import { configDigest, served } from "../../clients/images";
import { digestOf, type Registry } from "../../clients/registry";
import { assembleIndex, type IndexPart } from "../../core/images";
import {
  formatImageReference,
  parseDigest,
  parseImageReference,
  type Digest,
  type ImageReference,
} from "../../core/names";
import { PlatformError } from "../../core/errors";
import type { Io } from "../io";
import { found, registryOf, requireManifest } from "../../clients/registry-access";
import { Gathered, list, pairs, readRequest, withRequestOptions, type Request } from "../request";

const request = z.strictObject({
  image: z.string(),
  digest: z.array(z.string()).min(1),
  annotations: z.record(z.string(), z.string()).default({}),
});

/** `ghcr image assemble`: one index of platform manifests that are in the registry already. */
export function imageAssembleCommand(io: Io): Command {
  const command = new Command("assemble")
    .description(
      "Push an image index of platform manifests that are in the registry already, by digest, untagged.",
    )
    .option("--image <name>", "<registry>/<owner>/<service>")
    .option("--digest <digest>", "manifest of a platform; may be given again", list)
    .option("--annotation <key=value>", "annotation of the index; may be given again", pairs);
  return withRequestOptions(command)
    .addHelpText("after", help)
    .action(async ({ image, digest, annotation, input, json }: Options) => {
      const flags = { image, digest, annotations: annotation };
      const { reference, digests, annotations } = parse(await readRequest(io, request, input, flags));
      const registry = registryOf(reference, io.environment);
      const parts = await Promise.all(digests.map((one) => readPart(registry, reference.repository, one)));
      const index = assembleIndex(parts, annotations);
      const pushed = await push(registry, reference.repository, index);
      const name = formatImageReference({ name: reference.name, digest: pushed });
      if (json === true) {
        io.print(JSON.stringify({ image: name, digest: pushed, platforms: index.platforms }));
        return;
      }
      io.print(name);
      for (const [platform, one] of Object.entries(index.platforms)) io.print(`  ${platform}  ${one}`);
    });
}

interface Options {
  readonly image?: string;
  readonly digest?: readonly string[];
  readonly annotation?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly json?: true;
}

function parse({ values, where }: Request<z.infer<typeof request>>): {
  reference: ImageReference;
  digests: readonly Digest[];
  annotations: Readonly<Record<string, string>>;
} {
  const gathered = new Gathered();
  const reference = gathered.take(() => parseName(where("image"), values.image));
  const digests = values.digest.map((text) => gathered.take(() => parseDigest(where("digest"), text)));
  return gathered.finish(() => ({
    reference: reference as ImageReference,
    digests: [...new Set(digests.filter((digest) => digest !== undefined))],
    annotations: values.annotations,
  }));
}

function parseName(where: string, text: string): ImageReference {
  const reference = parseImageReference(where, text);
  if (reference.tag === undefined && reference.digest === undefined) return reference;
  throw new PlatformError({
    code: "invalid-image-name",
    where,
    problem: "must be a name without tag and digest: the index has no digest yet, and gets no tag",
    got: text,
    fix: `write ${reference.name}`,
  });
}

async function readPart(registry: Registry, repository: string, digest: Digest): Promise<IndexPart> {
  const manifest = served(await requireManifest(registry, repository, digest));
  const config = configDigest(manifest.content);
  if (config === undefined) return { manifest, config: undefined };
  return { manifest, config: await found(`${repository}@${config}`, registry.config(repository, config)) };
}

async function push(
  registry: Registry,
  repository: string,
  { bytes, mediaType }: { readonly bytes: Uint8Array; readonly mediaType: string },
): Promise<Digest> {
  return registry.putManifest(repository, digestOf(bytes), bytes, mediaType);
}

const help = `
The same digests and annotations give the same bytes, in whatever order: running it again changes nothing. The
manifests' platforms are read from their configurations. A digest may also be that of a one-platform index, as
builders push with attestations; its entries are taken over.

Example:
  ghcr image assemble --image ghcr.io/albeorla/todost --digest sha256:… --digest sha256:… \\
    --annotation org.opencontainers.image.title=todost --json

Exit codes: 0 the index is in the registry; 1 it isn't; 2 wrong usage.`;
