import assert from "node:assert/strict";
import fc from "fast-check";
import { readPullRequests } from "./pull-requests";

/** Pull requests 1 to `newest` of a repository in which every third number is an issue's. */
function repository(newest: number) {
  const asked: string[] = [];
  const isPull = (number: number) => number >= 1 && number <= newest && number % 3 !== 0;
  const shown = (number: number) => ({ number, closed_at: number % 2 === 0 ? null : "2026-11-01T00:00:00Z" });
  const all = Array.from({ length: newest }, (_, at) => newest - at).filter(isPull);
  const read = async (path: string) => {
    asked.push(path);
    const url = new URL(path, "https://api.test/");
    const number = /\/pulls\/(\d+)$/.exec(url.pathname)?.[1];
    if (number !== undefined) return isPull(Number(number)) ? { json: shown(Number(number)) } : undefined;
    const page = Number(url.searchParams.get("page"));
    return { json: all.slice((page - 1) * 100, page * 100).map(shown) };
  };
  return { asked, read, isPull };
}

describe("pull requests by their numbers", () => {
  it("come from one page where they are recent, and by themselves where they are few and old", async () => {
    const recent = repository(1000);
    const found = await readPullRequests(recent.read, "acme/app", [1000, 998, 995]);
    assert.equal(recent.asked.length, 1);
    assert.deepEqual(found, [
      { number: 995, closedAt: "2026-11-01T00:00:00Z" },
      { number: 998, closedAt: null },
      { number: 1000, closedAt: null },
    ]);
    const old = repository(100_000);
    await readPullRequests(old.read, "acme/app", [1, 2]);
    assert.deepEqual(
      old.asked.map((path) => path.replace(/\?.*/, "")),
      ["repos/acme/app/pulls", "repos/acme/app/pulls/1", "repos/acme/app/pulls/2"],
    );
  });

  it("cost at most twice a request each, and are all that exist", async () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 1_200 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(numbers, fc.integer({ min: 1, max: 1_000 }), async (wanted, newest) => {
        const { asked, read, isPull } = repository(newest);
        const found = await readPullRequests(read, "acme/app", wanted);
        assert.deepEqual(
          found.map(({ number }) => number),
          wanted.filter(isPull).sort((one, other) => one - other),
        );
        assert.ok(asked.length <= 2 * wanted.length, `${asked.length} requests for ${wanted.length}`);
      }),
    );
  });
});
