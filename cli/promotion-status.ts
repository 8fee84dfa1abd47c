/** What each environment runs, for people and as JSON. */
import { readImageSource } from "../clients/images";
import { readHistory } from "../clients/promotion-records";
import { formatImageReference, type Digest } from "../core/names";
import { rollbackTarget, type KeptRecord } from "../core/promotion";
import type { PromotedImage } from "./promotion-options";
import { shortDigest, textTable } from "./text-table";

export interface EnvironmentStatus {
  readonly environment: string;
  /** Null: it runs nothing. */
  readonly digest: Digest | null;
  /** Of the record that says how it came there; null: none does, so something else moved the tag. */
  readonly since: string | null;
  readonly by: string | null;
  readonly why: string | null;
  readonly kind: "promotion" | "rollback" | null;
  /** Digest of the record's manifest. */
  readonly record: Digest | null;
  /** Commit that the image was built from; null: it doesn't say. */
  readonly commit: string | null;
  /** Where `--rollback` goes; null: nowhere. */
  readonly rollback: Digest | null;
}

/** Read from the registry, at once. */
export async function readStatus(image: PromotedImage): Promise<readonly EnvironmentStatus[]> {
  const { stages, registry, reference, reader } = image;
  const found: EnvironmentStatus[] = [];
  for (const environment of stages) {
    const history = await readHistory(reader, environment);
    const { current, moves } = history;
    const source =
      current === null ? undefined : await readImageSource(registry, reference.repository, current);
    found.push({
      environment,
      digest: current,
      ...recorded(moves[0]),
      commit: source?.revision ?? null,
      rollback: rollbackTarget(history) ?? null,
    });
  }
  return found;
}

/** @param asJson one line of JSON instead of a table */
export function statusLines(
  image: PromotedImage,
  status: readonly EnvironmentStatus[],
  asJson: boolean,
): readonly string[] {
  const name = formatImageReference({ name: image.reference.name });
  if (asJson) return [JSON.stringify({ image: name, environments: status })];
  const rows = status.map(({ environment, digest, since, by, commit, kind, why }) => [
    environment,
    digest === null ? "nothing" : shortDigest(digest),
    commit?.slice(0, 7) ?? "",
    since === null ? "" : minutes(since),
    by ?? "",
    kind === null ? (digest === null ? "" : "moved by others: no record") : `${kind}: ${why ?? ""}`,
  ]);
  return [name, ...textTable([["environment", "digest", "commit", "since", "by", ""], ...rows])];
}

function recorded(kept: KeptRecord | undefined) {
  if (kept === undefined) return { since: null, by: null, why: null, kind: null, record: null };
  const { at, by, why, kind } = kept.record;
  return { since: at, by, why, kind, record: kept.id };
}

/** `2026-11-24 12:00 UTC` */
function minutes(time: string): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
