import { Command } from "commander";
import { z } from "zod";
import { isAncestor } from "../../clients/git";
import { createTagMover, moveTags, tagOutcomeLine } from "../../clients/tag-mover";
import {
  formatImageReference,
  parseTag,
  type Tag,
  parsePinnedReference,
  type PinnedReference,
} from "../../core/names";
import type { Io } from "../io";
import { registryOf, requireManifest } from "../../clients/registry-access";
import { Gathered, list, readRequest, withRequestOptions, type Request } from "../request";

const request = z.strictObject({
  image: z.string(),
  tags: z.array(z.string()).min(1),
  git: z.string().default("."),
  force: z.boolean().default(false),
});

/** `ghcr image tag`: points tags at an image that is in the registry, forward only. */
export function imageTagCommand(io: Io): Command {
  const command = new Command("tag")
    .description(
      "Point tags at an image. Forward only: nothing newer is overwritten. Running it again is harmless.",
    )
    .option("--image <reference>", "<registry>/<owner>/<service>@sha256:<digest>")
    .option("--tags <list>", "tags, with commas between them", list)
    .option("--git <folder>", "checkout that knows which commit is older (default: here)")
    .option("--force", "also move a tag whose age can't be told; never back to a known older image");
  return withRequestOptions(command)
    .addHelpText("after", help)
    .action(async ({ input, json, ...flags }: Options) => {
      const { reference, tags, git, force } = parse(await readRequest(io, request, input, { ...flags }));
      const { repository, digest } = reference;
      const registry = registryOf(reference, io.environment);
      const image = await requireManifest(registry, repository, digest);
      const mover = createTagMover({
        registry,
        repository,
        image,
        force,
        isAncestor: (ancestor, descendant) => isAncestor(git, ancestor, descendant),
      });
      const outcomes = await moveTags(mover, tags);
      const name = formatImageReference(reference);
      if (json === true) io.print(JSON.stringify({ image: name, digest, tags: outcomes }));
      else for (const line of [name, ...outcomes.map(tagOutcomeLine)]) io.print(line);
    });
}

interface Options {
  readonly image?: string;
  readonly tags?: readonly string[];
  readonly git?: string;
  readonly force?: true;
  readonly input?: string;
  readonly json?: true;
}

function parse({ values, where }: Request<z.infer<typeof request>>): {
  reference: PinnedReference;
  tags: readonly Tag[];
  git: string;
  force: boolean;
} {
  const gathered = new Gathered();
  const reference = gathered.take(() => parsePinnedReference(where("image"), values.image));
  const tags = values.tags.map((text) => gathered.take(() => parseTag(where("tags"), text)));
  return gathered.finish(() => ({
    reference: reference as PinnedReference,
    tags: [...new Set(tags.filter((tag) => tag !== undefined))],
    git: values.git,
    force: values.force,
  }));
}

const help = `
Each tag ends as one of:
  created    it is new
  moved      this image is newer than what it pointed at, or another build of the same commit
  unchanged  it points at this image
  kept       it points at something newer, or at something whose age can't be told
A version (1.2.3) never moves and sha-<7> never to another commit, and a tag must be one of this image's own:
else it is an error, and no tag is touched.

Examples:
  ghcr image tag --image ghcr.io/albeorla/todost@sha256:… --tags latest,sha-4fa8d21
  echo '{"image": "…@sha256:…", "tags": ["latest"], "git": "."}' | ghcr image tag --input - --json

Exit codes: 0 nothing newer was overwritten; 1 a tag must not move, or the registry refuses; 2 wrong usage.`;
