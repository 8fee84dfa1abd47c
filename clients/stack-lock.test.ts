import assert from "node:assert/strict";
import { PlatformError } from "../core/errors";
import { isDeadLock } from "./stack-lock";

const said = (host: string, ...pids: readonly number[]) =>
  [
    `error: the stack is currently locked by ${pids.length} lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.`,
    ...pids.map(
      (pid) =>
        `  file:///state/locks/${pid}.json: created by ann@${host} (pid ${pid}) at 2026-11-28T14:23:59Z`,
    ),
  ].join("\n");
const machine = { hostname: "here", isAlive: (pid: number) => pid === 1 };

describe("a stack's lock", () => {
  it("is dead where every process that holds it ran here and is gone", () => {
    assert.equal(isDeadLock("prod", said("here", 2), machine), true);
    assert.equal(isDeadLock("prod", said("here", 2, 3), machine), true);
  });

  it("is nobody's to break where one of them is at work, ran elsewhere, or isn't named", () => {
    for (const output of [said("here", 1), said("here", 2, 1), said("there", 2), said("here")]) {
      assert.throws(
        () => isDeadLock("prod", output, machine),
        (error) => error instanceof PlatformError && /pulumi cancel --yes --stack prod/.test(error.message),
        output,
      );
    }
  });

  it("is no reason where the engine failed for another", () => {
    assert.equal(isDeadLock("prod", "error: 422 created by ann@here (pid 2)", machine), false);
  });
});
