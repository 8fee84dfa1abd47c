import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "mocha";
import fc from "fast-check";
import { isEqual, text, github } from "./expression";
import { gate } from "./gate";
import { job, workflow, type AnyJob } from "./model";
import { renderWorkflow } from "./render";
import { requiredChecks } from "./required";
import { run } from "./step";
import { parse } from "yaml";

const results = ["success", "failure", "cancelled", "skipped"] as const;

describe("a gate", () => {
  it("is the job that its check is named after, in every workflow that can be made", () => {
    fc.assert(
      fc.property(name(), fc.uniqueArray(identifier(), { minLength: 1, maxLength: 6 }), (check, ids) => {
        fc.pre(!ids.includes(check));
        const made = workflowOf(check, chain(ids));
        const rendered = parse(renderWorkflow(made)) as {
          jobs: Record<string, { name: string; if?: string; needs?: string[] }>;
        };
        const always = Object.values(rendered.jobs).filter((job) => job.if === "always()");
        assert.deepEqual(
          always.map((job) => job.name),
          requiredChecks([made]).map(({ name }) => name),
        );
        assert.deepEqual(always[0]?.needs, ids);
      }),
    );
  });

  it("passes only where every job succeeded", () => {
    const [first, second] = chain(["first", "second"]);
    assert.ok(first && second);
    for (const a of results) {
      for (const b of results) {
        const passed = judge([first, second], { FIRST_RESULT: a, SECOND_RESULT: b });
        assert.equal(passed, a === "success" && b === "success", `${a}, ${b}`);
      }
    }
  });

  it("asks that a job whose condition doesn't hold was skipped, and that it succeeded where it holds", () => {
    const plan = run({ name: "Plan", id: "plan", outputs: ["mode"], script: "true" });
    const first = aJob("first", { steps: [plan], outputs: plan.outputs });
    const second = aJob("second", { when: isEqual(first.outputs.mode, "publish") });
    for (const expected of ["success", "skipped"]) {
      for (const result of results) {
        const env = { FIRST_RESULT: "success", SECOND_RESULT: result, SECOND_EXPECTED: expected };
        assert.equal(judge([second], env), result === expected, `${result}, not ${expected}`);
      }
    }
  });

  it("fails where GitHub fills in nothing", () => {
    assert.equal(judge(chain(["only"]), {}), false);
  });
});

/** Runs the gate's own script, as the runner would: bash, stopped by the first failure. */
function judge(jobs: readonly AnyJob[], env: Readonly<Record<string, string>>): boolean {
  const [first, ...rest] = jobs;
  assert.ok(first);
  const { job } = gate({ name: "check", jobs: [first, ...rest], runsOn: "ubuntu-24.04" });
  const { does } = job.steps[0];
  assert.ok(does.kind === "run");
  const known = Object.fromEntries(Object.keys(job.steps[0].env).map((key) => [key, env[key] ?? ""]));
  const { status } = spawnSync("bash", ["-eo", "pipefail", "-c", does.script], {
    env: { PATH: process.env["PATH"], ...known },
  });
  return status === 0;
}

function workflowOf(check: string, jobs: readonly AnyJob[]) {
  const [first, ...rest] = jobs;
  assert.ok(first);
  return workflow({
    file: "a.yml",
    name: "A test's",
    declaredIn: "a test",
    on: { push: { branches: ["main"] } },
    concurrency: { group: text`${github("run_id")}`, cancelInProgress: false, reason: "A test's" },
    ends: gate({ name: check, jobs: [first, ...rest], runsOn: "ubuntu-24.04" }),
  });
}

/** Jobs that each need the one before. */
function chain(ids: readonly string[]): readonly AnyJob[] {
  return ids.reduce<readonly AnyJob[]>((made, id) => [...made, aJob(id, { needs: made.slice(-1) })], []);
}

function aJob<Output extends string = never>(id: string, spec: Partial<Parameters<typeof job<Output>>[0]>) {
  return job<Output>({
    id,
    name: id,
    purpose: "A test's",
    runsOn: "ubuntu-24.04",
    permissions: {},
    timeoutMinutes: 5,
    steps: [run({ name: "Hello", script: "echo hello" })],
    ...spec,
  });
}

function identifier(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/).filter((id) => id !== "gate");
}

function name(): fc.Arbitrary<string> {
  return fc
    .stringMatching(/^[A-Za-z0-9][A-Za-z0-9 :#"'{}-]{0,20}[A-Za-z0-9]$/)
    .filter((text) => !text.includes("${{"));
}
