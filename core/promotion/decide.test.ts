import assert from "node:assert/strict";
import type { Digest } from "../names";
import {
  decidePromotion,
  historyOf,
  refusalFault,
  type KeptRecord,
  type PromotionQuestion,
  type RefusalCode,
} from ".";

const digest = (character: string) => `sha256:${character.repeat(64)}` as Digest;
const [a, b, c] = [digest("a"), digest("b"), digest("c")];
const stages = ["staging", "production"];
let made = 0;

function moved(environment: string, from: Digest | null, to: Digest, sequence: number): KeptRecord {
  const facts = { by: "ann", why: "why", at: "2026-11-20T12:00:00Z", commits: null, deployment: null };
  const id = `sha256:${String(++made).padStart(64, "0")}` as Digest;
  const rest = { stages, expected: null, previous: null, ...facts };
  return { id, record: { kind: "promotion", environment, from, to, sequence, ...rest } };
}

/** Staging runs b after a, production runs a. */
const records = [moved("staging", null, a, 1), moved("staging", a, b, 2), moved("production", null, a, 1)];

function decide(changes: Partial<PromotionQuestion> & { readonly tags?: Record<string, Digest> } = {}) {
  const { tags = { staging: b, production: a }, ...rest } = changes;
  return decidePromotion({
    ...{ stages, environment: "production", wanted: { kind: "stage-before" }, expected: undefined },
    histories: new Map(stages.map((stage) => [stage, historyOf(stage, tags[stage] ?? null, records)])),
    evidence: () => ({ verdict: "passed", scannedAt: "2026-11-23T12:00:00Z" }),
    ...{ now: new Date("2026-11-24T12:00:00Z"), policy: { maxScanAgeDays: 7 } },
    ...rest,
  });
}

function refused(code: RefusalCode, reason: RegExp, changes: Parameters<typeof decide>[0]): void {
  const decision = decide(changes);
  assert.ok(decision.action === "refuse", JSON.stringify(decision));
  assert.equal(decision.code, code);
  const fault = refusalFault("production", decision);
  assert.match(fault.problem, reason);
  assert.notEqual(fault.fix, "");
}

describe("an environment", () => {
  it("moves to what the stage before runs, from what it runs itself", () => {
    const reason = "it passed the gate and staging has run it";
    assert.deepEqual(decide(), { action: "move", to: b, from: a, reason });
    assert.deepEqual(decide({ expected: a }), { action: "move", to: b, from: a, reason });
  });

  it("stays where it runs that digest already", () => {
    assert.equal(decide({ wanted: { kind: "digest", digest: a } }).action, "nothing");
  });

  it("is refused what skipped a stage, also where a record tells of a move that never came to be", () => {
    const changes = { wanted: { kind: "digest", digest: c } } as const;
    refused("stage-skipped", /sha256:c+ has not run in staging, which comes before production/, changes);
    const cut = [...records, moved("staging", b, c, 3)];
    const histories = new Map(
      stages.map((stage) => [stage, historyOf(stage, stage === "staging" ? b : a, cut)] as const),
    );
    refused("stage-skipped", /has not run in staging/, { ...changes, histories });
  });

  it("is refused what was never gated, was blocked, or was scanned too long ago", () => {
    refused("not-gated", /no gate result is attached to sha256:b/, { evidence: () => undefined });
    const scannedAt = "2026-11-23T12:00:00Z";
    refused("gate-blocked", /the gate blocked/, { evidence: () => ({ verdict: "blocked", scannedAt }) });
    const scanned = (at: string) => ({ evidence: () => ({ verdict: "passed", scannedAt: at }) as const });
    refused(
      "scan-too-old",
      /is of 2026-11-17T11:59:59Z, and counts for 7 days/,
      scanned("2026-11-17T11:59:59Z"),
    );
    refused("scan-too-old", /which is yet to come/, scanned("2026-11-25T12:00:00Z"));
    refused("scan-too-old", /the last scan/, scanned("no time"));
    assert.equal(decide(scanned("2026-11-17T12:00:00Z")).action, "move");
  });

  it("is not moved from anything but what it is expected to run", () => {
    refused("expected-mismatch", /expected to run sha256:c+ and runs sha256:a/, { expected: c });
    refused("expected-mismatch", /expected to run none and runs sha256:a/, { expected: "none" });
  });

  it("whose tag others moved or deleted waits until someone says what is to be replaced", () => {
    const meddled = { tags: { staging: b, production: c } };
    refused("moved-by-others", /production runs sha256:c+, and no promotion record says so/, meddled);
    assert.equal(decide({ ...meddled, expected: c }).action, "move");
    refused("moved-by-others", /its tag is gone/, { tags: { staging: b } });
    assert.equal(decide({ tags: { staging: b }, expected: "none" }).action, "move");
  });

  it("gets a record of what its tag points at already, where it has none", () => {
    const tags = { staging: c, production: a };
    const wanted = { kind: "digest", digest: c } as const;
    const decision = decide({ environment: "staging", tags, wanted, expected: c });
    assert.ok(decision.action === "move");
    assert.equal(decision.reason, "it points there already, and no record says so");
  });

  it("goes back without a scan, and not where nothing ran before", () => {
    const wanted = { kind: "rollback" } as const;
    const back = decide({ environment: "staging", wanted, evidence: () => undefined });
    assert.ok(back.action === "move" && back.to === a && back.from === b);
    refused("nothing-before", /nothing ran before it/, { wanted });
    const unknown = { wanted, tags: { production: c }, expected: c };
    refused("nothing-before", /no record says what ran before it/, unknown);
    refused("expected-mismatch", /expected/, { environment: "staging", wanted, expected: a });
  });

  it("has to be declared, and its image to be told", () => {
    refused("unknown-environment", /qa is none of staging, production/, { environment: "qa" });
    refused("no-digest", /staging is the first stage/, { environment: "staging" });
    refused("no-digest", /staging runs nothing/, { tags: { production: a } });
  });
});
