import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../core/names";
import type { PackageVersion } from "./packages";
import { readVersionList, type VersionList } from "./version-list";

type Order = "newest-first" | "oldest-first";
/** What others do; `place` in GitHub's order, from 0. */
type Deed = { readonly do: "push" } | { readonly do: "delete" | "retag"; readonly place: number };
/** Right before the request with this number, from 0; behind the last one it happens to nobody. */
type Event = Deed & { readonly before: number };

/** A package that others change between any two requests. */
class MovingList {
  rows: PackageVersion[] = [];
  requests = 0;
  /** The list as of the first request whose page was the last one. */
  turn: readonly PackageVersion[] | undefined;
  private nextId = 1;

  constructor(
    count: number,
    private readonly size: number,
    private readonly order: Order,
    private readonly events: readonly Event[] = [],
  ) {
    for (let each = 0; each < count; each++) this.happen({ do: "push" });
  }

  readonly page = async (number: number) => {
    for (const event of this.events) if (event.before === this.requests) this.happen(event);
    this.requests++;
    const hasNext = number * this.size < this.rows.length;
    if (!hasNext) this.turn ??= this.rows;
    return { versions: this.rows.slice((number - 1) * this.size, number * this.size), hasNext };
  };

  private happen(deed: Deed): void {
    if (deed.do === "push") {
      const id = this.nextId++;
      const at = new Date(id * 1_000).toISOString();
      const row = { id, digest: `sha256:${id}` as Digest, createdAt: at, updatedAt: at, tags: [] };
      this.rows = this.order === "newest-first" ? [row, ...this.rows] : [...this.rows, row];
    } else if (deed.do === "delete") this.rows = this.rows.filter((_, place) => place !== deed.place);
    else {
      const tag = `moved-${this.nextId++}`;
      this.rows = this.rows.map((row, place) =>
        place === deed.place ? { ...row, updatedAt: tag, tags: [...row.tags, tag] } : row,
      );
    }
  }
}

async function read(list: MovingList): Promise<VersionList> {
  return readVersionList(list.page);
}

/** Noticed, or harmless: the list is the package as of one moment. */
async function assertSound(list: MovingList, context: string): Promise<"noticed" | "right"> {
  const { versions, contradictions } = await read(list);
  if (contradictions.length > 0) return "noticed";
  assert.deepEqual(versions, list.turn, context);
  return "right";
}

describe("a list of versions that is read while it moves", () => {
  it("takes a request for the last page and two for every other", async () => {
    for (const [count, requests] of [
      [0, 1],
      [1, 1],
      [100, 1],
      [101, 3],
      [200, 3],
      [250, 5],
    ] as const) {
      const list = new MovingList(count, 100, "newest-first");
      const { versions, contradictions } = await read(list);
      assert.deepEqual([versions.length, contradictions, list.requests], [count, [], requests]);
    }
  });

  it("property 6: is right or noticed to be wrong, whatever one or two others do between any two requests", async () => {
    const size = 2;
    let noticed = 0;
    let right = 0;
    for (const order of ["newest-first", "oldest-first"] as const) {
      for (let count = 0; count <= 5; count++) {
        const last = 2 * Math.ceil((count + 2) / size);
        const deeds: Deed[] = [{ do: "push" }];
        for (let place = 0; place <= count; place++)
          deeds.push({ do: "delete", place }, { do: "retag", place });
        const events = Array.from({ length: last }, (_, before) =>
          deeds.map((deed) => ({ ...deed, before })),
        ).flat();
        for (const [at, one] of events.entries()) {
          // Of two at the same moment, each comes first once: what was pushed can be deleted.
          for (const two of [
            undefined,
            ...events.slice(at),
            ...events.filter((e) => e.before === one.before),
          ]) {
            const all = two === undefined ? [one] : [one, two];
            const outcome = await assertSound(
              new MovingList(count, size, order, all),
              `${order}, ${count} versions: ${JSON.stringify(all)}`,
            );
            if (outcome === "noticed") noticed++;
            else right++;
          }
        }
      }
    }
    assert.ok(noticed > 5_000 && right > 5_000, `${noticed} noticed, ${right} right`);
  });

  it("property 6: the same for any number of others, any length and any size of a page", async () => {
    const deed = fc.oneof(
      fc.record({ do: fc.constant("push" as const) }),
      fc.record({ do: fc.constantFrom("delete" as const, "retag" as const), place: fc.nat(12) }),
    );
    const event = fc.tuple(deed, fc.nat(12)).map(([one, before]): Event => ({ ...one, before }));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(12),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom<Order[]>("newest-first", "oldest-first"),
        fc.array(event, { maxLength: 6 }),
        async (count, size, order, events) => {
          await assertSound(new MovingList(count, size, order, events), "");
        },
      ),
      { numRuns: 20_000 },
    );
  });
});
