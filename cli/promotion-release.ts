/** Promotion of a release: the image of a version, which may still be on its way when the release is published. */
import { setTimeout as delay } from "node:timers/promises";
import { readImageSource } from "../clients/images";
import { PlatformError } from "../core/errors";
import { formatImageReference, type Digest, type Tag } from "../core/names";
import { runsHigher } from "../core/promotion";
import { releaseVersion } from "../core/tags";
import type { Io } from "./io";
import type { PromotedImage } from "./promotion-options";
import { shortDigest } from "./text-table";

/** What the pipeline brings one after the other: the version's tag, then what is attached to the image. */
const onItsWay = ["release-missing", "not-gated", "signature-refused", "provenance-refused", "sbom-refused"];

/** @throws PlatformError where the git tag is no release's */
export function parseRelease(where: string, gitTag: string): Tag {
  const version = releaseVersion(gitTag);
  if (version !== undefined) return version;
  throw new PlatformError({
    code: "no-release",
    where,
    problem: "is no release's tag that publishes an image: those are v<major>.<minor>.<patch>",
    got: gitTag,
    fix: "give a tag like v1.2.3",
  });
}

/**
 * The digest that a version's tag points at.
 * @throws PlatformError `release-missing`
 */
export async function releaseDigest({ registry, reference }: PromotedImage, version: Tag): Promise<Digest> {
  const manifest = await registry.resolve(reference.repository, version);
  if (manifest !== undefined) return manifest.digest;
  throw new PlatformError({
    code: "release-missing",
    where: `${formatImageReference({ name: reference.name })}:${version}`,
    problem: "the registry has no image of this release",
    fix: "see how container-publish.yml went for its tag; then run this again",
  });
}

/**
 * Tries until the release's image is there with all that it needs.
 * @param minutes how long what is on its way is waited for; then its error is thrown
 */
export async function waitingFor<T>(io: Io, minutes: number, attempt: () => Promise<T>): Promise<T> {
  const until = performance.now() + minutes * 60_000;
  // The first looks are close together, for what is about to be there.
  for (let pause = 1000; ; pause = Math.min(pause * 1.5, 30_000)) {
    try {
      return await attempt();
    } catch (error) {
      const waits =
        error instanceof PlatformError && error.faults.every(({ code }) => onItsWay.includes(code));
      if (!waits || performance.now() + pause > until) throw error;
      const [fault] = error.faults;
      io.complain(
        `${fault?.where ?? ""}: ${fault?.problem ?? ""}; looking again in ${Math.round(pause / 1000)} s`,
      );
      await delay(pause);
    }
  }
}

/** Why the release leaves the environment alone; undefined: it doesn't. */
export async function heldBack(
  { registry, reference }: PromotedImage,
  environment: string,
  running: Digest,
  version: Tag,
): Promise<string | undefined> {
  const source = await readImageSource(registry, reference.repository, running);
  if (!runsHigher(source.version, version)) return undefined;
  return `${environment} runs ${source.version} (${shortDigest(running)}), and a release of ${version} doesn't take it back`;
}
