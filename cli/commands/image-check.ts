import { Command } from "commander";
import { z } from "zod";
import { readServedImage } from "../../clients/images";
import { PlatformError } from "../../core/errors";
import { checkImage, type CheckedPlatform, type CheckResult, type ImageExpectation } from "../../core/images";
import {
  formatImageReference,
  parsePlatform,
  parsePinnedReference,
  type PinnedReference,
} from "../../core/names";
import type { Io } from "../io";
import { found, registryOf } from "../../clients/registry-access";
import { Gathered, list, pairs, readRequest, withRequestOptions, type Request } from "../request";

const request = z.strictObject({
  image: z.string(),
  platforms: z.array(z.string()).min(1),
  labels: z.record(z.string(), z.string()).default({}),
  nonRoot: z.boolean().default(false),
});

/** `ghcr image check`: what an image must be before a tag may point at it. Reads only. */
export function imageCheckCommand(io: Io): Command {
  const command = new Command("check")
    .description("Check an image in the registry: media types, platforms, labels, user. Changes nothing.")
    .option("--image <reference>", "<registry>/<owner>/<service>@sha256:<digest>")
    .option("--platforms <list>", "exactly these, with commas between them", list)
    .option("--label <key=value>", "label that every platform must carry; may be given again", pairs)
    .option("--non-root", "the user must be a number other than 0");
  return withRequestOptions(command)
    .addHelpText("after", help)
    .action(async ({ image, platforms, label, nonRoot, input, json }: Options) => {
      const flags = { image, platforms, labels: label, nonRoot };
      const { reference, expectation } = parse(await readRequest(io, request, input, flags));
      const registry = registryOf(reference, io.environment);
      const name = formatImageReference(reference);
      const served = await found(name, readServedImage(registry, reference.repository, reference.digest));
      const result = checkImage(served, expectation);
      if (json === true) io.print(JSON.stringify(asJson(name, reference, result)));
      if (result.faults.length > 0) throw new PlatformError(result.faults);
      if (json !== true) for (const line of summary(name, result, expectation)) io.print(line);
    });
}

interface Options {
  readonly image?: string;
  readonly platforms?: readonly string[];
  readonly label?: Readonly<Record<string, string>>;
  readonly nonRoot?: true;
  readonly input?: string;
  readonly json?: true;
}

function parse({ values, where }: Request<z.infer<typeof request>>): {
  reference: PinnedReference;
  expectation: ImageExpectation;
} {
  const gathered = new Gathered();
  const reference = gathered.take(() => parsePinnedReference(where("image"), values.image));
  const platforms = values.platforms.map((text) =>
    gathered.take(() => parsePlatform(where("platforms"), text)),
  );
  return gathered.finish(() => ({
    reference: reference as PinnedReference,
    expectation: {
      platforms: platforms.filter((platform) => platform !== undefined),
      labels: values.labels,
      nonRoot: values.nonRoot,
    },
  }));
}

function asJson(image: string, reference: PinnedReference, { platforms, faults }: CheckResult) {
  return { image, digest: reference.digest, ok: faults.length === 0, platforms, failures: faults };
}

function summary(image: string, { platforms }: CheckResult, { labels, nonRoot }: ImageExpectation): string[] {
  const labelCount = Object.keys(labels).length;
  const checked = [
    counted(platforms.length, "platform"),
    ...(labelCount === 0 ? [] : [counted(labelCount, "label")]),
    ...(nonRoot ? ["no root user"] : []),
  ];
  return [`${image} passes: ${checked.join(", ")}`, ...platforms.map(platformLine)];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function platformLine({ platform, digest, size, user }: CheckedPlatform): string {
  return `  ${platform}  ${digest}  ${(size / 1_000_000).toFixed(1)} MB  user ${user === "" ? "root" : user}`;
}

const help = `
Examples:
  ghcr image check --image ghcr.io/albeorla/todost@sha256:… --platforms linux/amd64,linux/arm64 \\
    --label org.opencontainers.image.title=todost --non-root
  echo '{"image": "…@sha256:…", "platforms": ["linux/amd64"], "labels": {}, "nonRoot": true}' \\
    | ghcr image check --input - --json

Exit codes: 0 the image passes; 1 it doesn't (every failure is printed), or it can't be read; 2 wrong usage.`;
