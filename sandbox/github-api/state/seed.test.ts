import assert from "node:assert/strict";
import { PlatformError } from "../../../core/errors";
import { parseSeed, seedEvents } from "./seed";
import { State } from "./state";

const ids = () => {
  let last = 0;
  return { next: () => (last += 1) };
};

describe("the seed", () => {
  it("makes its users admins of its organizations, unless it names the members", () => {
    const seed = parseSeed(
      {
        owners: [
          { login: "open", type: "Organization" },
          { login: "closed", type: "Organization", members: { Ann: "member" } },
        ],
        users: [{ login: "ann" }, { login: "ben" }],
      },
      "seed",
    );
    const state = new State();
    state.apply(seedEvents(seed, state, ids(), "2026-01-01T00:00:00Z"));
    assert.deepEqual(state.owner("open")?.members, { ann: "admin", ben: "admin" });
    assert.deepEqual(state.owner("CLOSED")?.members, { ann: "member" });
  });

  it("changes nothing the second time, and keeps ids when something is added", () => {
    const state = new State();
    const counter = ids();
    const owners = [{ login: "acme", type: "Organization" as const }];
    const apply = (raw: unknown): number => {
      const events = seedEvents(parseSeed(raw, "seed"), state, counter, "2026-01-01T00:00:00Z");
      state.apply(events);
      return events.length;
    };
    const tokens = [{ token: "made-up", login: "ann", scopes: ["repo"] }];
    assert.equal(apply({ owners, users: [{ login: "ann" }], tokens }), 3);
    const id = state.owner("acme")?.id;
    assert.equal(apply({ owners, users: [{ login: "ann" }], tokens }), 0);
    assert.equal(apply({ owners, users: [{ login: "ann" }, { login: "ben" }] }), 2);
    assert.equal(state.owner("acme")?.id, id);
  });

  it("keeps no token's text", () => {
    const state = new State();
    const seed = parseSeed(
      { users: [{ login: "ann" }], tokens: [{ token: "made-up", login: "ann", scopes: [] }] },
      "seed",
    );
    state.apply(seedEvents(seed, state, ids(), "2026-01-01T00:00:00Z"));
    assert.equal(JSON.stringify(state.snapshot()).includes("made-up"), false);
  });

  it("is refused with every fault at once, and none of them shows a token", () => {
    const raw = {
      owners: [
        { login: "no spaces", type: "Organization" },
        { login: "x", type: "Robot" },
      ],
      tokens: [{ token: "made-up", login: "ann" }],
    };
    assert.throws(
      () => parseSeed(raw, "seed.json"),
      (error) => {
        assert.ok(error instanceof PlatformError);
        const where = error.faults.map((fault) => fault.where);
        assert.deepEqual(where, [
          "seed.json: owners.0.login",
          "seed.json: owners.1.type",
          "seed.json: tokens.0",
        ]);
        assert.equal(error.message.includes("made-up"), false);
        return true;
      },
    );
  });
});
