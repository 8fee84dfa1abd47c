import assert from "node:assert/strict";
import { defaultPolicy, defaultPolicyDeclaration, planAtMost, type Inventory } from "../../core/retention";
import type { FakePackages } from "../../clients/testing/fake-packages";
import type { Digest } from "../../core/names";
import { RETENTION_TYPE, USAGE_FUNCTION } from "../description";
import { startProvider, token, type ProviderTrial } from "../testing/provider-trial";
import { secret, UNKNOWN } from "../wire";
import { effectText } from "./retention";

const day = 86_400_000;
const names = { owner: "albeorla", name: "todost" };
const inputs = { ...names, policy: { ...defaultPolicy({ keepBuilds: 3 }) } };

/** Builds of ten days, one a day, each an image of its own; and what one of them lost its tag to. */
function history(github: FakePackages): void {
  const end = github.time;
  for (let age = 10; age >= 1; age--) {
    github.time = end - age * day - 8 * day;
    github.push({ tags: [`sha-00000${String(age).padStart(2, "0")}`] });
  }
  github.time = end;
}

describe("ghcr.Retention", () => {
  let trial: ProviderTrial;
  afterEach(() => trial.end());

  async function start(): Promise<void> {
    trial = await startProvider(RETENTION_TYPE);
    history(trial.github);
  }

  it("says in a preview what it would free, of the real package, and deletes nothing", async () => {
    await start();
    assert.deepEqual(await trial.client.create(inputs, true), { id: "", properties: inputs });
    const [line = "", ...others] = trial.said();
    assert.deepEqual(others, []);
    assert.match(
      line,
      /^info: albeorla\/todost: the policy would free at most 7 of 10 versions, 10\.\d kB of 15\.\d kB\n/,
    );
    assert.match(line, /as if nothing were promoted or in use/);
    assert.match(line, /more than one run may delete \(1000 versions, 50 %\)/);
    assert.deepEqual(trial.github.deletions, []);
    assert.ok(trial.github.journal.every((call) => call.startsWith("GET ")));
  });

  it("says of a changed policy what the one before it would free as well", async () => {
    await start();
    const changed = { ...names, policy: { ...defaultPolicy({ keepBuilds: 8 }) } };
    assert.deepEqual(await trial.client.update(inputs, changed, true), changed);
    assert.match(
      trial.said().join(),
      /at most 2 of 10 versions, 3\.\d kB of 15\.\d kB; the one before it 7 of 10 versions, 10\.\d kB/,
    );
  });

  it("reads each manifest once in all, and nothing at all outside of previews that change it", async () => {
    await start();
    await trial.client.create(inputs, true);
    await trial.client.create(inputs, true);
    assert.equal(trial.github.manifestReads.length, 10);
    const asked = trial.github.journal.length;
    assert.deepEqual(await trial.client.create(inputs), { id: "albeorla/todost", properties: inputs });
    await trial.client.update(inputs, inputs);
    await trial.client.diff(inputs, inputs);
    await trial.client.read("albeorla/todost", inputs, inputs);
    await trial.client.delete(inputs);
    assert.equal(trial.github.journal.length, asked);
  });

  it("frees nothing of a package that isn't there yet", async () => {
    await start();
    trial.github.faults.push({ on: /packages/, times: Infinity, status: 404 });
    await trial.client.create(inputs, true);
    assert.match(trial.said().join(), /^info: GitHub shows no package albeorla\/todost yet/);
  });

  it("says why nothing could go where a manifest can't be read", async () => {
    await start();
    const at = new Date(trial.github.time).toISOString();
    const lost = {
      id: 99,
      digest: `sha256:${"0".repeat(64)}` as Digest,
      createdAt: at,
      updatedAt: at,
      tags: [],
    };
    trial.github.rows.push(lost);
    await trial.client.create(inputs, true);
    assert.match(
      trial.said().join(),
      /would free nothing of 11 versions, .* as long as sha256:[0-9a-f]{64} could not be read/,
    );
  });

  it("goes on where the package can't be read, and says that the number is not known", async () => {
    await start();
    trial.github.faults.push({
      on: /packages/,
      times: Infinity,
      status: 403,
      body: `{"message":"${token}"}`,
    });
    assert.deepEqual((await trial.client.create(inputs, true)).properties, inputs);
    assert.match(trial.said().join(), /^warning for all: .*what a policy would free is not shown: .*403/);
    assert.ok(!trial.said().join().includes(token));
  });

  it("refuses a wrong policy with every fault at its place", async () => {
    await start();
    const rules = [
      { id: "builds", kind: "keep-newest", of: "sha", count: 0 },
      { id: "builds", kind: "expire-tagged", of: "latest", afterDays: 1 },
    ];
    const { failures } = await trial.client.check({ ...names, policy: { rules, graceDays: 0, fast: true } });
    assert.deepEqual(Object.keys(failures).sort(), [
      "policy",
      "policy.graceDays",
      "policy.rules[0].count",
      "policy.rules[1].id",
      "policy.rules[1].of",
    ]);
    assert.match(failures["policy.rules[1].id"] ?? "", /rules\[0\] has the same id \(got "builds"\); rename/);
  });

  it("keeps the policy with its defaults, whatever isn't known as it came, and no secret", async () => {
    await start();
    const declared = { ...names, policy: { ...defaultPolicyDeclaration({ keepBuilds: 3 }) } };
    assert.deepEqual(await trial.client.check(declared), { inputs, failures: {} });
    const unknown = { ...names, policy: { rules: UNKNOWN } };
    assert.deepEqual(await trial.client.check(unknown), { inputs: unknown, failures: {} });
    assert.deepEqual((await trial.client.create(unknown, true)).properties, unknown);
    assert.deepEqual(trial.said(), []);
    const hidden = await trial.client.check({ ...names, policy: secret({ rules: [] }) });
    assert.deepEqual(Object.keys(hidden.failures), ["policy"]);
  });

  it("is changed by its policy and replaced by another package's name", async () => {
    await start();
    const { policy, ...rest } = inputs;
    const reordered = { policy: Object.fromEntries(Object.entries(policy).reverse()), ...rest };
    assert.deepEqual(await trial.client.diff(inputs, reordered), { changed: [], replaces: [] });
    const other = { ...inputs, policy: { ...defaultPolicy({ keepBuilds: 4 }) } };
    assert.deepEqual(await trial.client.diff(inputs, other), { changed: ["policy"], replaces: [] });
    assert.deepEqual(await trial.client.diff(inputs, { ...inputs, name: "todo" }), {
      changed: ["name"],
      replaces: ["name"],
    });
  });

  it("is imported with the default policy, for a package that is there", async () => {
    await start();
    const imported = { ...names, policy: defaultPolicy() };
    assert.deepEqual(await trial.client.read("albeorla/todost"), {
      id: "albeorla/todost",
      inputs: imported,
      properties: imported,
    });
    trial.github.faults.push({ on: /packages/, times: Infinity, status: 404 });
    assert.equal(await trial.client.read("albeorla/todost"), undefined);
  });

  it("tells what a package holds", async () => {
    await start();
    const usage = await trial.client.invoke(USAGE_FUNCTION, names);
    const bytes = usage["bytes"] as number;
    assert.deepEqual(usage, {
      ...{ exists: true, visibility: "private", versions: 10, tagged: 10 },
      ...{ bytes, unread: 0, incomplete: [] },
    });
    assert.ok(bytes > 10 * 1_100 && bytes < 20_000, String(bytes));
    await assert.rejects(
      trial.client.invoke(USAGE_FUNCTION, { owner: "no login" }),
      /getUsage: owner[\s\S]*name/,
    );
    trial.github.faults.push({ on: /packages/, times: Infinity, status: 404 });
    assert.equal((await trial.client.invoke(USAGE_FUNCTION, names))["exists"], false);
  });
});

describe("the effect of a policy", () => {
  it("is the planner's number, and says nothing of a policy before where there was none", () => {
    const inventory: Inventory = {
      ...{ format: "ghcr-platform/retention-inventory@1", takenAt: "2026-11-24T12:00:00Z" },
      ...{ package: { ...names, visibility: "private" }, incomplete: [], versions: [], blobs: [] },
      ...{ pullRequests: null, promotions: null, inUse: null },
    };
    const [policy, now] = [defaultPolicy(), new Date("2026-11-24T12:00:00Z")];
    const text = effectText(names, inventory, { policy, before: undefined, now });
    assert.equal(planAtMost(inventory, policy, now).summary.delete, 0);
    assert.match(text, /^albeorla\/todost: the policy would free at most 0 of 0 versions, 0 B of 0 B\n/);
  });
});
