/**
 * Moves an environment's tag to an image that is there: the same bytes under another name, nothing is built.
 *
 * A registry has no compare-and-swap. So a move first attaches its record and points the tag of the environment's
 * last record at it, then looks whether the environment still runs what is to be replaced, then moves the
 * environment's tag, then looks whether the last record is still its own. Of two moves at once, in whatever order
 * their calls come, at least one sees the other: the one whose look comes later finds the environment moved, or
 * its record no longer the last. Nobody who replaces what another has just moved is told that all went well.
 */
import { PlatformError } from "../core/errors";
import type { Digest, Tag } from "../core/names";
import {
  nextSequence,
  promotionArtifactType,
  recordAnnotations,
  type EnvironmentHistory,
  type PromotionRecord,
} from "../core/promotion";
import { attach, listReferrer, type Attached } from "./referrers";
import type { Manifest, Registry } from "./registry";
import { recordTag } from "./promotion-records";

/** What a record says besides what the move itself knows. */
export type MoveFacts = Pick<
  PromotionRecord,
  "kind" | "stages" | "expected" | "by" | "why" | "at" | "commits" | "deployment"
>;

export interface Move {
  readonly registry: Registry;
  readonly repository: string;
  readonly environment: Tag;
  /** As it was when the move was decided. */
  readonly history: EnvironmentHistory;
  /** The image that the environment is to run, as the registry gave it. */
  readonly image: Manifest;
  readonly facts: MoveFacts;
}

export interface Moved {
  /** Digest of the record's manifest. */
  readonly id: Digest;
  readonly record: PromotionRecord;
}

/**
 * Moves it.
 * @throws PlatformError `promotion-overtaken`: others moved it first, and nothing was moved; `promotion-contended`:
 *   it was moved while others did too, and a person has to look
 */
export async function moveEnvironment(move: Move): Promise<Moved> {
  const { registry, repository, environment, history, image, facts } = move;
  await requireUnmoved(move);
  const record: PromotionRecord = {
    ...facts,
    environment,
    from: history.current,
    to: image.digest,
    sequence: nextSequence(history),
    previous: (await registry.resolve(repository, recordTag(environment)))?.digest ?? null,
  };
  const attachment = {
    subject: image,
    artifactType: promotionArtifactType,
    annotations: recordAnnotations(record),
  };
  const attached = await attach(registry, repository, attachment);
  await registry.putManifest(repository, recordTag(environment), attached.bytes, attached.mediaType);
  await requireUnmoved(move);
  if (!(await isLast(move, attached))) throw overtaken(move, "another promotion of it is under way");
  await registry.putManifest(repository, environment, image.bytes, image.mediaType);
  const alone = await isLast(move, attached);
  const runs = (await registry.resolve(repository, environment))?.digest ?? null;
  if (!alone || runs !== image.digest) throw contended(move, runs);
  await listReferrer(registry, repository, attachment, attached);
  return { id: attached.digest, record };
}

async function requireUnmoved(move: Move): Promise<void> {
  const { registry, repository, environment, history } = move;
  const runs = (await registry.resolve(repository, environment))?.digest ?? null;
  if (runs !== history.current) throw overtaken(move, `it runs ${runs ?? "nothing"} by now`);
}

async function isLast({ registry, repository, environment }: Move, attached: Attached): Promise<boolean> {
  return (await registry.resolve(repository, recordTag(environment)))?.digest === attached.digest;
}

function overtaken({ environment, image, history }: Move, how: string): PlatformError {
  return new PlatformError({
    code: "promotion-overtaken",
    where: `environment ${environment}`,
    problem: `was to move from ${history.current ?? "nothing"} to ${image.digest} and was not moved: ${how}`,
    fix: "look at what was promoted meanwhile (--status), then promote again if it is still wanted",
  });
}

function contended({ environment, image }: Move, runs: Digest | null): PlatformError {
  return new PlatformError({
    code: "promotion-contended",
    where: `environment ${environment}`,
    problem:
      `was moved to ${image.digest} while another promotion moved it too; it runs ${runs ?? "nothing"} now, ` +
      "and both moves are recorded",
    fix: "look at what it runs (--status); then promote what it is to run, with --expect naming what it runs",
  });
}
