import assert from "node:assert/strict";
import fc from "fast-check";
import { gigabyteMonths, hoursOf, storageCost } from ".";

const gigabyte = 1e9;

describe("storage as GitHub bills it", () => {
  it("is what GitHub's own example comes to: 3 GB for 10 days of March and 12 GB for 21", () => {
    const byteHours = 3 * gigabyte * 10 * 24 + 12 * gigabyte * 21 * 24;
    assert.equal(byteHours / gigabyte, 6_768);
    assert.equal(gigabyteMonths(byteHours, "2026-03"), 9.097);
  });

  it("counts a month's own hours", () => {
    assert.deepEqual(["2026-02", "2028-02", "2026-04", "2026-12"].map(hoursOf), [672, 696, 720, 744]);
  });

  it("costs nothing up to what is included, and each GB-month beyond it", () => {
    const tariff = { pricePerGigabyteMonth: 0.5, included: 2 };
    assert.deepEqual(
      [0, 2, 3].map((used) => storageCost(used, tariff)),
      [0, 0, 0.5],
    );
  });

  it("never costs less for more", () => {
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(amount, amount, amount, amount, (used, more, pricePerGigabyteMonth, included) => {
        const tariff = { pricePerGigabyteMonth, included };
        assert.ok(storageCost(used + more, tariff) >= storageCost(used, tariff));
      }),
    );
  });
});
