/** What services run, read from their registry, and scanned again one digest after the other. */
import { RegistryError } from "../clients/registry-error";
import { PlatformError } from "../core/errors";
import type { Digest, ImageReference, Tag } from "../core/names";
import type { Rescanned, RescanState } from "../core/rescan";
import type { Exception, GateResult } from "../core/scan";
import type { Io } from "./io";
import { registryOf } from "../clients/registry-access";
import { openImage, scanImage } from "../clients/scan-image";
import { shortDigest } from "./text-table";

export interface RunningService {
  readonly name: string;
  readonly image: ImageReference;
  /** Its environments' tags, or `latest`. */
  readonly tags: readonly Tag[];
  readonly exceptions: readonly Exception[];
  readonly staticImage: string | undefined;
}

export interface RescannedImage extends Rescanned {
  /** Undefined: it was not scanned. */
  readonly result: GateResult | undefined;
}

/**
 * Never throws for what one service's registry or scan refuses: that one counts as not scanned.
 * @throws PlatformError `scanner-missing`
 */
export async function rescan(
  io: Io,
  services: readonly RunningService[],
  database: string,
): Promise<readonly RescannedImage[]> {
  const results: RescannedImage[] = [];
  for (const service of services) {
    for (const { tags, state, digest } of await running(io, service)) {
      const common = { service: service.name, tags };
      if (digest === undefined) results.push({ ...common, state, result: undefined });
      else {
        io.complain(`${service.name}: scanning ${shortDigest(digest)}, which ${tags.join(", ")} runs`);
        results.push({ ...common, ...(await scanned(io, service, digest, database)) });
      }
    }
  }
  return results;
}

interface Running {
  readonly tags: readonly Tag[];
  readonly state: RescanState;
  /** Undefined: there is nothing to scan, or it can't be told. */
  readonly digest: Digest | undefined;
}

/** One for each digest: environments that run the same are scanned once. */
async function running(io: Io, { image, tags }: RunningService): Promise<readonly Running[]> {
  const registry = registryOf(image, io.environment);
  const groups = new Map<string, Running>();
  for (const tag of tags) {
    const { state, digest } = await refusals(async () => {
      const digest = (await registry.resolve(image.repository, tag))?.digest;
      return { state: { kind: "nothing" } as const, digest };
    });
    const key = digest ?? JSON.stringify(state);
    groups.set(key, { tags: [...(groups.get(key)?.tags ?? []), tag], state, digest });
  }
  return [...groups.values()];
}

function scanned(
  io: Io,
  { image, exceptions, staticImage }: RunningService,
  digest: Digest,
  database: string,
): Promise<Pick<RescannedImage, "state" | "result">> {
  return refusals(async () => {
    const target = { reference: { ...image, digest } };
    const opened = await openImage({ target }, io.environment);
    const scan = await scanImage({ target, database, exceptions, staticImage }, opened, io.environment);
    return { state: { kind: "scanned", digest, verdicts: scan.verdicts }, result: scan.result };
  });
}

async function refusals<T extends { state: RescanState }>(
  work: () => Promise<T>,
): Promise<T | { state: RescanState; digest: undefined; result: undefined }> {
  try {
    return await work();
  } catch (error) {
    const nothing = { digest: undefined, result: undefined };
    if (error instanceof RegistryError) {
      return { state: { kind: "unread", problem: `the registry refuses: ${error.message}` }, ...nothing };
    }
    // Without a scanner nothing can be said of any image, and what the issue says stays.
    if (!(error instanceof PlatformError) || error.faults.some(({ code }) => code === "scanner-missing"))
      throw error;
    const problem = error.faults.map((fault) => `${fault.where}: ${fault.problem}`).join("; ");
    return { state: { kind: "unread", problem }, ...nothing };
  }
}
