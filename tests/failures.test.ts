import assert from "node:assert/strict";
import { mochaFailures } from "./failures";

// As mocha's spec reporter prints: the first with a diff, the second with text of its own that looks like a failure.
const printed = `
  the suite
    1) does a thing

  1 passing (18ms)
  3 failing

  1) the suite: of many
       inner
         does a thing: well:

      AssertionError [ERR_ASSERTION]: 1 == 2
      + expected - actual

      -1
      +2

      at Context.<anonymous> (a.test.ts:2:88)

  2) the suite: of many
       throws:
     Error: first line
second line

  3) not a test

fourth
      at Context.<anonymous> (a.test.ts:2:186)

  3) the suite: of many
       "before all" hook: all set for "x":
     Error: no set
      at Context.<anonymous> (a.test.ts:3:54)

`;

describe("what failed", () => {
  it("is a line for each of mocha's failures: where it is, and the beginning of its error", () => {
    assert.deepEqual(mochaFailures(printed), [
      "the suite: of many › inner › does a thing: well: AssertionError [ERR_ASSERTION]: 1 == 2",
      "the suite: of many › throws: Error: first line second line",
      'the suite: of many › "before all" hook: all set for "x": Error: no set',
    ]);
  });

  it("is nothing where nothing failed", () => {
    assert.deepEqual(mochaFailures("\n  12 passing (1s)\n\n"), []);
  });
});
