import assert from "node:assert/strict";
import fc from "fast-check";
import { latestFirst, milliseconds } from "./dates";

const anyDate = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59Z"),
  noInvalidDate: true,
});

describe("dates", () => {
  it("are read as Date.parse reads them, with and without milliseconds or an offset", () => {
    fc.assert(
      fc.property(anyDate, (date) => {
        const text = date.toISOString();
        for (const each of [
          text,
          text.replace(/\.\d+Z$/, "Z"),
          text.replace("Z", "+02:30"),
          text.replace("Z", "123Z"),
        ]) {
          assert.equal(milliseconds(each), Date.parse(each), each);
        }
      }),
      { numRuns: 2_000 },
    );
    assert.equal(milliseconds("2024-02-29T23:59:59Z"), Date.parse("2024-02-29T23:59:59Z"));
  });

  it("are sorted the latest first, equal ones as they stand, whole seconds or not", () => {
    const spans = [3, 2 ** 11, 2 ** 40, 2 ** 52];
    const unit = fc.constantFrom(1, 1_000);
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat({ max: 60 }),
        fc.constantFrom(...spans),
        unit,
        (seed, length, span, unit) => {
          const roll = (at: number): number => Math.floor((Math.sin(seed + at) / 2) * (span / unit)) * unit;
          const values = Array.from({ length }, (_, at) => roll(at % 40));
          const expected = [...values.keys()].sort(
            (one, other) => (values[other] as number) - (values[one] as number) || one - other,
          );
          assert.deepEqual([...latestFirst(Float64Array.from(values))], expected);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
