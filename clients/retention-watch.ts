/** What has changed in a package since a plan was made for it, as far as that speaks for planned deletions. */
import { PlatformError } from "../core/errors";
import type { Digest } from "../core/images";
import type { Plan } from "../core/retention";
import type { Method } from "./github-limits";
import type { Packages, PackageVersion } from "./packages";

/** What an index lists; a manifest that can't be read: why. */
export type ChildrenOf = (digest: Digest) => Promise<readonly Digest[] | { readonly unreadable: string }>;

export class LiveWatch {
  /** Tags as the plan knows them, by digest. */
  private readonly planned: ReadonlyMap<Digest, readonly string[]>;
  private readonly seen: Set<number>;
  /** Why a digest is needed: new images that list it. */
  private readonly parents = new Map<Digest, string>();
  /** Digests of the plan that came back under a new id. */
  private readonly again = new Set<Digest>();
  private isNewestFirst = false;

  constructor(
    private readonly plan: Plan,
    private readonly packages: Packages,
    private readonly childrenOf: ChildrenOf,
  ) {
    this.planned = new Map(plan.versions.map(({ digest, tags }) => [digest, tags]));
    this.seen = new Set(plan.versions.map(({ id }) => id));
  }

  /** The calls of one look and one deletion. */
  get calls(): readonly Method[] {
    return ["GET", "GET", "DELETE"];
  }

  /** @throws PlatformError where the list can't be trusted, or nothing that the plan keeps is there */
  async start(): Promise<void> {
    const { versions, incomplete } = await this.packages.versions();
    const where = `${this.packages.owner}/${this.packages.name}`;
    if (incomplete.length > 0) {
      throw new PlatformError({
        code: "list-incomplete",
        where,
        problem: `the list of versions changed while it was read: ${incomplete.join("; ")}`,
        fix: "run it again when nothing is being pushed; nothing was deleted now",
      });
    }
    const ids = versions.map(({ id }) => id);
    this.isNewestFirst = ids.every((id, at) => at === 0 || id < (ids[at - 1] as number));
    const doomed = new Set(this.plan.deletions.map(({ id }) => id));
    if (!versions.some(({ id }) => !doomed.has(id))) {
      throw new PlatformError({
        code: "would-empty",
        where,
        problem: "nothing that the plan keeps is there any more, so it would empty the package",
        fix: "take an inventory and plan again",
      });
    }
    await this.take(versions);
  }

  /** Looks for new versions: one request where GitHub lists the newest first, else the whole list. */
  async look(): Promise<void> {
    for (let number = 1; ; number++) {
      const { versions, hasNext } = await this.packages.page(number);
      const isOld = this.isNewestFirst && versions.some(({ id }) => this.seen.has(id));
      await this.take(versions);
      if (isOld || !hasNext) return;
    }
  }

  /** Why a digest may not go: an image that came after the plan lists it. */
  needed(digest: Digest): string | undefined {
    return this.parents.get(digest);
  }

  /** Whether it is there under another id than the plan's. */
  isThereAgain(digest: Digest): boolean {
    return this.again.has(digest);
  }

  tagsOf(digest: Digest): readonly string[] {
    return this.planned.get(digest) ?? [];
  }

  /** Why one version must be left out, or that it is gone; undefined: it is as planned. */
  async changed({
    id,
    digest,
  }: {
    readonly id: number;
    readonly digest: Digest;
  }): Promise<string | undefined> {
    const live = await this.packages.version(id);
    if (live === undefined) return "gone";
    if (live.digest !== digest) return `GitHub's id ${id} is of ${live.digest} now`;
    const [before, now] = [new Set(this.tagsOf(digest)), new Set(live.tags)];
    const gained = [...now].filter((tag) => !before.has(tag));
    if (gained.length > 0) return `it was tagged ${gained.join(", ")} since`;
    const lost = [...before].filter((tag) => !now.has(tag));
    return lost.length > 0 ? `tag ${lost.join(", ")} was moved away since` : undefined;
  }

  /** Deleted versions that had got a tag by then, by GitHub's list of what is deleted; undefined: it shows none. */
  async gainedBeforeDeletion(
    ours: readonly { readonly id: number; readonly digest: Digest }[],
  ): Promise<ReadonlyMap<Digest, string> | undefined> {
    const wanted = new Map(ours.map(({ id, digest }) => [id, digest]));
    const gained = new Map<Digest, string>();
    for (let number = 1; wanted.size > 0; number++) {
      const page = await this.packages.page(number, "deleted").catch(refusedPage);
      if (page === undefined) return undefined;
      const { versions, hasNext } = page;
      for (const { id, tags } of versions) {
        const digest = wanted.get(id);
        if (digest === undefined) continue;
        wanted.delete(id);
        const more = tags.filter((tag) => !this.tagsOf(digest).includes(tag));
        if (more.length > 0) gained.set(digest, `it was tagged ${more.join(", ")} while it was deleted`);
      }
      if (!hasNext) break;
    }
    // What is not among the deleted was brought back, by us before a kill or by others: then all of it has to be.
    for (const [id, digest] of wanted) {
      if ((await this.packages.version(id)) !== undefined) gained.set(digest, "it is there again");
    }
    return gained;
  }

  private async take(versions: readonly PackageVersion[]): Promise<void> {
    for (const { id, digest, tags } of versions) {
      if (this.seen.has(id)) continue;
      const children = await this.childrenOf(digest);
      if ("unreadable" in children) {
        throw new PlatformError({
          code: "unreadable-manifest",
          where: `${this.packages.owner}/${this.packages.name}@${digest}`,
          problem: `it is new and can't be read (${children.unreadable}), so it may need anything`,
          fix: "run it again when the registry answers; what was deleted is recorded",
        });
      }
      this.seen.add(id);
      const name = tags.length === 0 ? digest : `${digest} (${tags.join(", ")})`;
      if (this.planned.has(digest)) this.again.add(digest);
      for (const child of [digest, ...children]) {
        if (!this.parents.has(child)) this.parents.set(child, `${name} is new and needs it`);
      }
    }
  }
}

/** A list that this token may not see; any other failure is passed on. */
function refusedPage(error: unknown): undefined {
  if (!(error instanceof PlatformError) || !["no-such-package", "github-denied"].includes(error.code))
    throw error;
}
