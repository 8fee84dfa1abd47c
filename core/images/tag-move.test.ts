import assert from "node:assert/strict";
import fc from "fast-check";
import { mayMove, type MoveQuestion } from "../tags";
import { isRegained, planTagMove } from "./tag-move";

const commits = ["a".repeat(40), "b".repeat(40), `${"a".repeat(40)}-dirty`];
const target = fc.record({
  digest: fc.constantFrom("sha256:1", "sha256:2"),
  revision: fc.constantFrom(...commits, undefined),
  version: fc.constantFrom("1.2.3", "1.2.10", "1.3.0", undefined),
  created: fc.constantFrom("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", undefined),
});
const questions: fc.Arbitrary<MoveQuestion> = fc.record({
  tag: fc.constantFrom("latest", "1.2", "1", "1.2.3", "sha-aaaaaaa", "dev-me-aaaaaaa", "pr-7", "prod"),
  from: fc.option(target, { nil: undefined }),
  to: target,
  descends: fc.constantFrom(true, false, undefined),
});

describe("the plan of a tag's move", () => {
  it("is core/tags' own without force", () => {
    fc.assert(
      fc.property(questions, (question) => assert.deepEqual(planTagMove(question, false), mayMove(question))),
    );
  });

  it("differs with force only where something is unknown, and then moves", () => {
    fc.assert(
      fc.property(questions, (question) => {
        const [own, forced] = [mayMove(question), planTagMove(question, true)];
        if (own.undecided === true) assert.equal(forced.action, "move");
        else assert.deepEqual(forced, own);
      }),
    );
  });

  it("takes a tag back from another push only if ours alone is newer: two pushes never both do", () => {
    fc.assert(
      fc.property(questions, fc.constantFrom(true, false, undefined), (question, precedes) => {
        const { from, to, descends } = question;
        fc.pre(from !== undefined);
        const other: MoveQuestion = { ...question, from: to, to: from, descends: precedes };
        assert.equal(isRegained(question, precedes) && isRegained(other, descends), false);
      }),
    );
  });

  it("takes latest back from an ancestor and a version line from a lower version", () => {
    const [older, newer] = [
      { digest: "sha256:1", revision: commits[0], version: "1.2.3" },
      { digest: "sha256:2", revision: commits[1], version: "1.2.10" },
    ];
    assert.equal(isRegained({ tag: "latest", from: older, to: newer, descends: true }, false), true);
    assert.equal(isRegained({ tag: "latest", from: newer, to: older, descends: false }, true), false);
    assert.equal(isRegained({ tag: "1.2", from: older, to: newer, descends: undefined }, undefined), true);
    assert.equal(isRegained({ tag: "1.2", from: newer, to: older, descends: undefined }, undefined), false);
  });

  it("leaves a tag to the later of two builds of one commit", () => {
    const build = { revision: commits[0], version: undefined };
    const [from, to] = [
      { ...build, digest: "sha256:1" },
      { ...build, digest: "sha256:2" },
    ];
    assert.equal(isRegained({ tag: "latest", from, to, descends: true }, true), false);
    assert.equal(isRegained({ tag: "sha-aaaaaaa", from, to, descends: true }, true), false);
  });
});
