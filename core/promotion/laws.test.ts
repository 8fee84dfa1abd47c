import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../names";
import {
  decidePromotion,
  historyOf,
  nextSequence,
  rollbackTarget,
  type GateEvidence,
  type KeptRecord,
  type PromotionDecision,
  type Wanted,
} from ".";

const stages = ["development", "staging", "production"] as const;
type Stage = (typeof stages)[number];

const digests = ["a", "b", "c", "d"].map((character) => `sha256:${character.repeat(64)}` as Digest);
const now = new Date("2026-11-24T12:00:00Z");

/** A package whose environments are moved by the decision, by others, and by runs that were cut short. */
class World {
  readonly tags = new Map<Stage, Digest>();
  readonly records: KeptRecord[] = [];
  /** What really ran in an environment by a promotion. */
  readonly ran = new Map<Stage, Set<Digest>>(stages.map((stage) => [stage, new Set()]));
  readonly evidence = new Map<Digest, GateEvidence>();

  history(stage: Stage) {
    return historyOf(stage, this.tags.get(stage) ?? null, this.records);
  }

  decide(environment: Stage, wanted: Wanted, expected?: Digest | "none"): PromotionDecision {
    return decidePromotion({
      ...{ stages, environment, wanted, expected, now, policy: { maxScanAgeDays: 7 } },
      histories: new Map(stages.map((stage) => [stage, this.history(stage)])),
      evidence: (digest) => this.evidence.get(digest),
    });
  }

  /** @param cut the run ends between the record and the tag */
  promote(environment: Stage, wanted: Wanted, { cut = false, expected }: Options = {}): PromotionDecision {
    const decision = this.decide(environment, wanted, expected);
    if (decision.action !== "move") return decision;
    const { from, to } = decision;
    const id = `sha256:${String(this.records.length + 1).padStart(64, "0")}` as Digest;
    const kind = wanted.kind === "rollback" ? "rollback" : "promotion";
    const sequence = nextSequence(this.history(environment));
    const facts = { by: "ann", why: "why", at: now.toISOString(), commits: null, deployment: null };
    const record = {
      kind,
      environment,
      stages,
      from,
      to,
      expected: null,
      sequence,
      previous: null,
      ...facts,
    };
    this.records.push({ id, record: record as KeptRecord["record"] });
    if (cut) return decision;
    this.tags.set(environment, to);
    this.ran.get(environment)?.add(to);
    return decision;
  }

  /** Others move a tag or delete it; to where a run that was cut short wanted it, they finish what that began. */
  meddle(stage: Stage, digest: Digest | undefined): void {
    if (digest === undefined) return void this.tags.delete(stage);
    this.tags.set(stage, digest);
    const finished = this.history(stage).records.some(({ record }) => record.to === digest);
    if (finished) this.ran.get(stage)?.add(digest);
  }
}

interface Options {
  readonly cut?: boolean;
  readonly expected?: Digest | "none" | undefined;
}

const stage = fc.constantFrom(...stages);
const digest = fc.constantFrom(...digests);
const wanted: fc.Arbitrary<Wanted> = fc.oneof(
  { weight: 4, arbitrary: digest.map((each) => ({ kind: "digest" as const, digest: each })) },
  { weight: 2, arbitrary: fc.constant({ kind: "stage-before" as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: "rollback" as const }) },
);
const evidence: fc.Arbitrary<GateEvidence> = fc.record({
  verdict: fc.constantFrom("passed" as const, "passed" as const, "blocked" as const),
  scannedAt: fc.integer({ min: -10, max: 2 }).map((days) => new Date(+now + days * 86_400_000).toISOString()),
});
type Step =
  | { readonly does: "scan"; readonly digest: Digest; readonly evidence: GateEvidence }
  | { readonly does: "promote"; readonly stage: Stage; readonly wanted: Wanted; readonly cut: boolean }
  | { readonly does: "meddle"; readonly stage: Stage; readonly digest: Digest | undefined };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ does: fc.constant("scan" as const), digest, evidence }) },
  {
    weight: 20,
    arbitrary: fc.record({
      ...{ does: fc.constant("promote" as const), stage, wanted },
      cut: fc.nat(7).map((number) => number === 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ does: fc.constant("meddle" as const), stage, digest: fc.option(digest, { nil: undefined }) },
    }),
  },
);

/** A world after some steps; `each` is told what was decided, and the world before it was done. */
function play(
  steps: readonly Step[],
  each?: (world: World, step: Step, decide: () => PromotionDecision) => void,
) {
  const world = new World();
  for (const one of digests) world.evidence.set(one, { verdict: "passed", scannedAt: now.toISOString() });
  for (const one of steps) {
    if (one.does === "scan") world.evidence.set(one.digest, one.evidence);
    else if (one.does === "meddle") world.meddle(one.stage, one.digest);
    else {
      each?.(world, one, () => world.decide(one.stage, one.wanted));
      world.promote(one.stage, one.wanted, one);
    }
  }
  return world;
}

const steps = fc.array(step, { maxLength: 60, size: "max" });

describe("promotion", () => {
  it("never moves an environment to a digest that the stage before hasn't run", () => {
    let moves = 0;
    fc.assert(
      fc.property(steps, (all) => {
        play(all, (world, { does, ...rest }, decide) => {
          const decision = decide();
          if (does !== "promote" || decision.action !== "move") return;
          const { stage: to, wanted: asked } = rest as Extract<Step, { does: "promote" }>;
          if (asked.kind === "rollback" || to === "development") return;
          moves += 1;
          const before = to === "production" ? "staging" : "development";
          assert.ok(world.ran.get(before)?.has(decision.to), `${before} never ran ${decision.to}`);
        });
      }),
      { numRuns: 500 },
    );
    assert.ok(moves > 100, `${moves} moves are too few to tell anything`);
  });

  it("never moves to what the gate didn't let pass, or let pass too long ago, unless it goes back", () => {
    fc.assert(
      fc.property(steps, (all) => {
        play(all, (world, one, decide) => {
          const decision = decide();
          if (one.does !== "promote" || decision.action !== "move" || one.wanted.kind === "rollback") return;
          const gate = world.evidence.get(decision.to);
          assert.equal(gate?.verdict, "passed");
          assert.ok(+now - Date.parse(gate?.scannedAt ?? "") <= 7 * 86_400_000);
          assert.ok(Date.parse(gate?.scannedAt ?? "") - +now <= 3_600_000);
        });
      }),
    );
  });

  it("never goes back to what the environment hasn't run", () => {
    let moves = 0;
    fc.assert(
      fc.property(steps, (all) => {
        play(all, (world, one, decide) => {
          const decision = decide();
          if (one.does !== "promote" || one.wanted.kind !== "rollback" || decision.action !== "move") return;
          moves += 1;
          // What lay under the tag before its first record was confirmed to be replaced; here nobody confirms.
          assert.ok(world.ran.get(one.stage)?.has(decision.to));
        });
      }),
    );
    assert.ok(moves > 10, `${moves} moves are too few to tell anything`);
  });

  it("never replaces what neither a record nor whoever asks expects", () => {
    fc.assert(
      fc.property(
        steps,
        stage,
        wanted,
        fc.option(fc.oneof(digest, fc.constant("none" as const)), { nil: undefined }),
        (all, to, asked, expected) => {
          const world = play(all);
          const decision = world.decide(to, asked, expected);
          if (decision.action !== "move") return;
          const runs = world.tags.get(to) ?? "none";
          if (expected !== undefined) assert.equal(runs, expected);
          else assert.ok(runs === "none" || world.ran.get(to)?.has(runs));
        },
      ),
    );
  });

  it("forward after a rollback is identity: it runs the same, and goes back to the same", () => {
    let rollbacks = 0;
    fc.assert(
      fc.property(steps, stage, (all, to) => {
        const world = play(all);
        const before = world.history(to);
        const back = world.promote(to, { kind: "rollback" });
        if (back.action !== "move" || before.current === null) return;
        rollbacks += 1;
        world.evidence.set(before.current, { verdict: "passed", scannedAt: now.toISOString() });
        const forward = world.promote(to, { kind: "digest", digest: before.current });
        // Where the stage before has lost its records meanwhile, forward is refused and nothing has moved.
        if (forward.action !== "move") return;
        const after = world.history(to);
        assert.equal(after.current, before.current);
        assert.equal(rollbackTarget(after), rollbackTarget(before));
      }),
      { numRuns: 500 },
    );
    assert.ok(rollbacks > 10, `${rollbacks} rollbacks are too few to tell anything`);
  });

  it("goes back again and again, through every image in the order in which they came", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(digests, { minLength: 2 }), (order) => {
        const world = play([]);
        for (const each of order) world.promote("development", { kind: "digest", digest: each });
        for (const each of order.slice(0, -1).reverse()) {
          world.promote("development", { kind: "rollback" });
          assert.equal(world.tags.get("development"), each);
        }
        const first = world.promote("development", { kind: "rollback" });
        assert.ok(first.action === "refuse" && first.code === "nothing-before");
      }),
    );
  });

  it("asked for the same again changes nothing", () => {
    fc.assert(
      fc.property(steps, stage, digest, (all, to, asked) => {
        const world = play(all);
        const done = world.promote(to, { kind: "digest", digest: asked });
        if (done.action !== "move") return;
        // Also where it names what it has just replaced, as a run that is started again does.
        const expected = done.from ?? "none";
        const again = world.decide(to, { kind: "digest", digest: asked }, expected);
        assert.equal(again.action, "nothing");
      }),
    );
  });

  it("reads records in any order", () => {
    fc.assert(
      fc.property(steps, stage, fc.infiniteStream(fc.nat()), (all, to, chance) => {
        const world = play(all);
        const shuffled = world.records
          .map((each) => ({ each, at: chance.next().value as number }))
          .sort((one, other) => one.at - other.at)
          .map(({ each }) => each);
        const current = world.tags.get(to) ?? null;
        assert.deepEqual(historyOf(to, current, shuffled).moves, world.history(to).moves);
      }),
    );
  });
});
