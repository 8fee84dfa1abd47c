import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { PlatformError } from "../errors";
import { github, isEqual, secret, text } from "./expression";
import { gate, type Check } from "./gate";
import {
  job,
  matrixOfAxes,
  workflow,
  type Events,
  type JobSpec,
  type Permissions,
  type Workflow,
} from "./model";
import { requiredChecks } from "./required";
import { renderWorkflow } from "./render";
import { run } from "./step";

const hello = run({ name: "Hello", script: "echo hello" });
const plan = run({
  name: "Plan",
  id: "plan",
  outputs: ["mode"],
  script: 'echo "mode=x" >> "$GITHUB_OUTPUT"',
});

describe("a workflow's model", () => {
  it("refuses an expression in a script, whose value would become code", () => {
    const script = "echo ${{ github.event.pull_request.title }}";
    assert.throws(() => run({ name: "Greet", script }), faults("expression-in-text"));
  });

  it("refuses an expression that is written as plain text in an environment or an input", () => {
    assert.throws(
      () => run({ name: "Greet", script: "echo", env: { TITLE: "${{ secrets.X }}" } }),
      faults("expression-in-text"),
    );
  });

  it("reports every fault of a step at once", () => {
    assert.throws(
      () => run({ name: "Greet", id: "1st", script: "echo ${{ x }}", env: { TITLE: "${{ y }}" } }),
      faults("expression-in-text", "expression-in-text", "invalid-id"),
    );
  });

  it("asks for an id where a step has outputs", () => {
    assert.throws(
      () => run({ name: "Plan", outputs: ["mode"], script: "true" }),
      faults("outputs-without-id"),
    );
  });

  it("makes a job need every job whose outputs it uses, without being told", () => {
    const first = aJob({ id: "first", steps: [plan], outputs: plan.outputs });
    const inEnv = aJob({
      id: "env",
      steps: [run({ name: "Use", script: "true", env: { MODE: first.outputs.mode } })],
    });
    const inCondition = aJob({ id: "condition", when: isEqual(first.outputs.mode, "publish") });
    assert.deepEqual(
      [inEnv, inCondition].map(({ needs }) => needs.map(({ id }) => id)),
      [["first"], ["first"]],
    );
  });

  it("doesn't compile with a name that isn't there, a permission without its reason, or an unsafe event", () => {
    const first = aJob({ id: "first", steps: [plan], outputs: plan.outputs });
    // @ts-expect-error no such output of the step
    const ofStep: unknown = plan.outputs.modes;
    // @ts-expect-error no such output of the job
    const ofJob: unknown = first.outputs.modes;
    assert.deepEqual([ofStep, ofJob], [undefined, undefined]);
    const written = {
      // @ts-expect-error a job's name is no job
      needs: (): Partial<JobSpec<never>> => ({ needs: ["first"] }),
      // @ts-expect-error why?
      permissions: (): Permissions => ({ contents: { access: "write" } }),
      // @ts-expect-error runs a stranger's code with this repository's rights
      event: (): Events => ({ pull_request_target: { types: ["opened"] } }),
      // @ts-expect-error only a gate makes a check
      check: (): Check => ({ name: "made up" }),
    };
    assert.equal(Object.keys(written).length, 4);
  });

  it("refuses an output of a step that is not an earlier one of the job", () => {
    const use = run({ name: "Use", script: "true", env: { MODE: plan.outputs.mode } });
    assert.throws(() => aJob({ id: "late", steps: [use, plan] }), faults("unknown-step"));
    assert.throws(() => aJob({ id: "other", outputs: { mode: plan.outputs.mode } }), faults("unknown-step"));
  });

  it("refuses a secret in a job without an environment, in whichever value it stands", () => {
    const env = { TOKEN: secret("PLATFORM_GITHUB_TOKEN") };
    const use = run({ name: "Use", script: "true", env });
    assert.throws(() => aJob({ id: "open", steps: [use] }), faults("secret-without-environment"));
    assert.throws(() => aJob({ id: "open", env }), faults("secret-without-environment"));
    aJob({ id: "guarded", steps: [use], env, environment: { githubName: "infrastructure" } });
  });

  it("refuses a value of another job's matrix", () => {
    const colours = matrixOfAxes({ colour: ["red", "blue"] });
    const name = text`paint ${colours.values.colour}`;
    assert.throws(() => aJob({ id: "paint", name }), faults("unknown-matrix"));
    assert.equal(aJob({ id: "paint", name, matrix: colours }).id, "paint");
  });

  it("refuses two steps or two jobs with one id", () => {
    assert.throws(() => aJob({ id: "twice", steps: [plan, plan] }), faults("duplicate-id"));
    assert.throws(() => aWorkflow("a.yml", [aJob({ id: "a" }), aJob({ id: "a" })]), faults("duplicate-id"));
  });

  it("takes along all jobs that its last ones need, each after what it needs", () => {
    const a = aJob({ id: "a" });
    const b = aJob({ id: "b", needs: [a] });
    const c = aJob({ id: "c", needs: [a, b] });
    assert.deepEqual(
      aWorkflow("a.yml", [c]).jobs.map(({ id }) => id),
      ["a", "b", "c"],
    );
  });

  it("refuses a workflow that nothing starts", () => {
    assert.throws(
      () => workflow({ ...shape("a.yml"), on: {}, ends: [aJob({ id: "a" })] }),
      faults("no-events"),
    );
  });

  it("renders an empty permissions object where a job asks for nothing", () => {
    assert.match(renderWorkflow(aWorkflow("a.yml", [aJob({ id: "a" })])), /\n {4}permissions: \{\}\n/);
  });
});

describe("a job that runs even after a failure", () => {
  it("runs within its condition, and not in a run that was cancelled", () => {
    const when = isEqual(github("event_name"), "push");
    const conditionOf = (more: Partial<JobSpec<never>>) =>
      /\n {4}if: (.*)\n/.exec(renderWorkflow(aWorkflow("a.yml", [aJob({ id: "a", ...more })])))?.[1];
    assert.equal(conditionOf({ when }), "github.event_name == 'push'");
    assert.equal(
      conditionOf({ when, evenAfterFailure: true }),
      "(github.event_name == 'push') && !cancelled()",
    );
    assert.equal(conditionOf({ evenAfterFailure: true }), "${{ !cancelled() }}");
  });
});

describe("required checks", () => {
  it("are the names of the gates", () => {
    const workflows = ["b", "a"].map((name) => gated(`${name}.yml`, name));
    assert.deepEqual(
      requiredChecks(workflows).map(({ name }) => name),
      ["a", "b"],
    );
  });

  it("refuses two gates of one name in one repository", () => {
    assert.throws(
      () => requiredChecks([gated("a.yml", "same"), gated("b.yml", "same")]),
      faults("duplicate-check"),
    );
  });

  it("can't be reported by another job of the workflow", () => {
    assert.throws(
      () => gate({ name: "a", jobs: [aJob({ id: "x", name: "a" })], runsOn: "ubuntu-24.04" }),
      faults("invalid-check-name"),
    );
  });
});

function aJob<Output extends string = never>(spec: Partial<JobSpec<Output>> & { readonly id: string }) {
  return job<Output>({
    name: spec.id,
    purpose: "A test's",
    runsOn: "ubuntu-24.04",
    permissions: {},
    timeoutMinutes: 5,
    steps: [hello],
    ...spec,
  });
}

function shape(file: string) {
  return {
    file,
    name: "A test's",
    declaredIn: "a test",
    on: { push: { branches: ["main"] } },
    concurrency: { group: text`${github("run_id")}`, cancelInProgress: false, reason: "A test's" },
  };
}

function aWorkflow(file: string, ends: Parameters<typeof workflow>[0]["ends"]): Workflow {
  return workflow({ ...shape(file), ends });
}

function gated(file: string, name: string): Workflow {
  return aWorkflow(file, gate({ name, jobs: [aJob({ id: "work" })], runsOn: "ubuntu-24.04" }));
}

function faults(...codes: readonly string[]): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PlatformError, String(error));
    assert.deepEqual(
      error.faults.map(({ code }) => code),
      codes,
    );
    return true;
  };
}
