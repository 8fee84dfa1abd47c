import assert from "node:assert/strict";
import fc from "fast-check";
import {
  absent,
  agreementFault,
  commitMessage,
  conflictFaults,
  filePathFault,
  planFiles,
  type FilesQuestion,
} from ".";

const [one, two, three] = ["1", "2", "3"].map((digit) => digit.repeat(40)) as [string, string, string];
const path = ".github/workflows/a.yml";

/** A single path's plan. */
function outcome(
  wanted: string | undefined,
  written: readonly string[],
  actual: string | undefined,
  agreed: readonly string[] = [],
): string {
  const map = <T>(value: T | undefined) => new Map(value === undefined ? [] : [[path, value] as const]);
  const plan = planFiles({
    wanted: map(wanted),
    written: map(written.length === 0 ? undefined : written),
    actual: map(actual),
    agreed,
  });
  const [change] = plan.changes;
  if (change !== undefined) return change.does;
  if (plan.conflicts[0] !== undefined) return `conflict ${plan.conflicts[0].changed}`;
  if (plan.left.length > 0) return "left";
  return plan.unchanged.length > 0 ? "unchanged" : "nothing";
}

describe("the plan of a set of files", () => {
  const table: readonly (readonly [
    string,
    string,
    string | undefined,
    readonly string[],
    string | undefined,
  ])[] = [
    ["creates what nothing lies in the way of", "create", one, [], undefined],
    ["updates what was written last", "update", two, [one], one],
    ["deletes what was written last and is declared no longer", "delete", undefined, [one], one],
    ["leaves alone what is as declared, whoever wrote it", "unchanged", one, [], one],
    ["leaves alone what was changed by hand to what is declared", "unchanged", one, [two], one],
    ["is done with what is declared no longer and gone", "unchanged", undefined, [one], undefined],
    ["names a file that was changed by hand", "conflict since", two, [one], three],
    [
      "names a file that was changed by hand although nothing new is declared",
      "conflict since",
      one,
      [one],
      three,
    ],
    ["names a file that was deleted by hand", "conflict since", one, [one], undefined],
    ["names a file that was there before", "conflict before", one, [], two],
    ["keeps what was changed by hand and is declared no longer", "left", undefined, [one], two],
    ["takes what it proposed for its own", "update", three, [one, two], two],
    ["puts back what it took away itself", "create", one, [one, absent], undefined],
    ["takes no link, folder or submodule for a file", "conflict since", one, [one], `link:${one}`],
  ];
  for (const [what, expected, wanted, written, actual] of table)
    it(what, () => assert.equal(outcome(wanted, written, actual), expected));

  it("overwrites what it is told to, by the content that is lost and by no other", () => {
    assert.equal(outcome(two, [one], three, [`${path}@${three.slice(0, 7)}`]), "update");
    assert.equal(outcome(two, [one], three, [`${path}@${three}`]), "update");
    assert.equal(outcome(undefined, [one], three, [`${path}@${three}`]), "delete");
    assert.equal(outcome(one, [one], undefined, [`${path}@absent`]), "create");
    for (const other of [`${path}@${one}`, `${path}@333333`, `b.yml@${three}`, `${path}@absent`, path])
      assert.equal(outcome(two, [one], three, [other]), "conflict since", other);
    assert.equal(outcome(two, [one], `folder:${one}`, [`${path}@folder:${one}`]), "conflict since");
  });

  const id = fc.constantFrom(one, two, three);
  const paths = fc.constantFrom("a", "b", "c", "d", "e");
  const mapOf = <T>(values: fc.Arbitrary<T>) =>
    fc.array(fc.tuple(paths, values)).map((entries) => new Map(entries));
  const question: fc.Arbitrary<FilesQuestion> = fc.record({
    wanted: mapOf(id),
    written: mapOf(fc.array(fc.oneof(id, fc.constant(absent)), { minLength: 1, maxLength: 2 })),
    actual: mapOf(fc.oneof(id, fc.constant(`link:${one}`))),
    agreed: fc.array(fc.tuple(paths, fc.oneof(id, fc.constant(absent))).map((parts) => parts.join("@"))),
  });

  /** The branch after the changes. */
  function applied({ wanted, actual }: FilesQuestion, changes: readonly { path: string; does: string }[]) {
    const next = new Map(actual);
    for (const { path: changed, does } of changes) {
      if (does === "delete") next.delete(changed);
      else next.set(changed, wanted.get(changed) ?? assert.fail());
    }
    return next;
  }

  it("leaves nothing to do once it is carried out", () => {
    fc.assert(
      fc.property(question, (asked) => {
        const plan = planFiles(asked);
        const after = applied(asked, plan.changes);
        const again = planFiles({
          ...asked,
          actual: after,
          written: new Map([...asked.wanted].map(([each, wanted]) => [each, [wanted]])),
        });
        assert.deepEqual(again.changes, []);
        const named = new Set(plan.conflicts.map((conflict) => conflict.path));
        for (const [each, wanted] of asked.wanted)
          if (!named.has(each)) assert.equal(after.get(each), wanted);
      }),
    );
  });

  it("changes nothing that a person put there or took away, unless that very content was given up", () => {
    fc.assert(
      fc.property(question, (asked) => {
        for (const { path: changed } of planFiles(asked).changes) {
          const is = asked.actual.get(changed) ?? absent;
          const written = asked.written.get(changed);
          const ours = written === undefined ? is === absent : written.includes(is);
          assert.ok(ours || asked.agreed.includes(`${changed}@${is}`));
        }
      }),
    );
  });

  it("says one thing of each path that is or was declared, and of no other", () => {
    fc.assert(
      fc.property(question, (asked) => {
        const { changes, conflicts, left, unchanged } = planFiles(asked);
        const said = [...[...changes, ...conflicts, ...left].map((each) => each.path), ...unchanged];
        const all = new Set([...asked.wanted.keys(), ...asked.written.keys()]);
        assert.deepEqual(said.sort(), [...all].sort());
      }),
    );
  });

  it("hinders nothing by a file that is declared no longer", () => {
    fc.assert(
      fc.property(question, (asked) => {
        for (const conflict of planFiles(asked).conflicts) assert.ok(asked.wanted.has(conflict.path));
      }),
    );
  });
});

describe("what is said of a set of files", () => {
  it("names the content that would be lost, in the form in which it is given up", () => {
    const [fault] = conflictFaults("albeorla/tools:main", [{ path, actual: three, changed: "since" }]);
    assert.equal(fault?.where, `albeorla/tools:main:${path}`);
    const [, entry = ""] = /adding "([^"]+)"/.exec(fault?.fix ?? "") ?? [];
    assert.equal(agreementFault("overwrite[0]", entry), undefined);
    assert.equal(outcome(two, [one], three, [entry]), "update");
  });

  it("offers to give up a deletion, and no link, folder or submodule", () => {
    const faults = conflictFaults("x", [
      { path, actual: absent, changed: "since" },
      { path, actual: `link:${one}`, changed: "before" },
    ]);
    assert.match(faults[0]?.fix ?? "", /put back by adding "\.github.*a\.yml@absent"/);
    assert.doesNotMatch(faults[1]?.fix ?? "", /overwrite/);
  });

  it("lists every change in the commit", () => {
    const message = commitMessage("Render the workflows", [
      { path: "a", does: "create" },
      { path: "b", does: "delete" },
    ]);
    assert.equal(message, "Render the workflows\n\ncreate a\ndelete b\n");
  });

  it("takes no path that leaves the repository or is git's own, and no agreement without a content", () => {
    for (const bad of ["", "/a", "a//b", "../a", "a/./b", ".git/config", "a\nb", 'a"b', "a\\b", "a/"])
      assert.equal(filePathFault("files", bad)?.code, "invalid-file-path", bad);
    assert.equal(filePathFault("files", path), undefined);
    for (const bad of [path, `${path}@`, `${path}@123`, "@absent", `../a@${one}`])
      assert.equal(agreementFault("overwrite[0]", bad)?.code, "invalid-overwrite", bad);
  });
});
