import assert from "node:assert/strict";
import { failedCreates, pendingOf } from "../core/engine";
import { GitHubCalls } from "./github-calls";
import { settlePending, takeIn } from "./recovery";

const urnOf = (type: string, name: string) => `urn:pulumi:prod::ghcr-platform::${type}::${name}`;
const types = {
  repository: "github:index/repository:Repository",
  ruleset: "github:index/repositoryRuleset:RepositoryRuleset",
  variable: "github:index/actionsVariable:ActionsVariable",
  secret: "github:index/actionsSecret:ActionsSecret",
};
const leftover = (type: string, name: string, inputs: Record<string, unknown>) => ({
  ...{
    urn: urnOf(type, name),
    custom: true,
    type,
    inputs,
    parent: "urn:parent",
    provider: "urn:provider::id",
  },
});
const repository = leftover(types.repository, "todost", { name: "todost", visibility: "private" });
const ruleset = leftover(types.ruleset, "rules", { repository: "todost", name: "release tags" });
const variable = leftover(types.variable, "level", {
  repository: "todost",
  variableName: "LEVEL",
  value: "info",
});
const secret = leftover(types.secret, "key", {
  repository: "todost",
  secretName: "KEY",
  value: { sealed: "v1:…" },
});
const written = "2026-11-28T14:00:00Z";

/** A stack whose last run was killed, and what GitHub has of what that run was at. */
function setUp(
  github: Readonly<Record<string, unknown>>,
  pending: readonly object[] = [],
  half: readonly string[] = [],
) {
  let state = JSON.stringify({
    version: 3,
    deployment: {
      manifest: { time: written },
      resources: half.map((urn) => ({ urn, type: types.variable, initErrors: ["403"] })),
      pending_operations: pending.map((resource) => ({ resource, type: "creating" })),
    },
  });
  const refreshed: string[] = [];
  const engine = {
    exportState: async () => state,
    importState: async (_stack: string, text: string) => void (state = text),
    operate: async (_operation: string, args: readonly string[]) => {
      refreshed.push(...args.filter((_, index) => args[index - 1] === "--target"));
      return { code: 0, output: "" };
    },
  };
  const answer: typeof fetch = async (url) => {
    const body = github[new URL(String(url)).pathname];
    return new Response(JSON.stringify(body ?? { message: "Not Found" }), {
      status: body === undefined ? 404 : 200,
    });
  };
  const calls = new GitHubCalls({ githubUrl: "https://github.test/", token: "none", fetch: answer });
  const parts = { engine, stack: "prod", args: ["--stack", "prod"], owner: "acme", calls: () => calls };
  return { parts, refreshed, state: () => JSON.parse(state) as { deployment: { resources: object[] } } };
}

describe("what a killed run left", () => {
  it("is taken into the state with the id that GitHub gave it, as it was to be made, and read", async () => {
    const github = {
      "/repos/acme/todost": { created_at: "2026-11-28T14:00:02Z" },
      "/repos/acme/todost/rulesets": [
        { id: 6, name: "default branch" },
        { id: 7, name: "release tags", created_at: "2026-11-28T14:00:03Z" },
      ],
    };
    const { parts, refreshed, state } = setUp(github, [repository, ruleset, variable, secret]);
    const taken = [repository.urn, ruleset.urn];
    assert.deepEqual(await settlePending(parts), { taken, operations: 4 });
    assert.deepEqual(state().deployment.resources, [
      { ...repository, id: "todost", outputs: repository.inputs },
      { ...ruleset, id: "7", outputs: ruleset.inputs },
    ]);
    assert.deepEqual(refreshed, taken);
    assert.equal(pendingOf(JSON.stringify(state())).operations, 0);
  });

  it("is somebody else's where it is older than the run, and stays that", async () => {
    const github = { "/repos/acme/todost": { created_at: "2026-11-28T13:54:59Z" } };
    const { parts, refreshed, state } = setUp(github, [repository]);
    assert.deepEqual(await settlePending(parts), { taken: [], operations: 1 });
    assert.deepEqual([state().deployment.resources, refreshed], [[], []]);
    assert.deepEqual(await takeIn(parts, [repository], undefined), []);
  });

  it("is read anew where it was made by half, and costs nothing where there is nothing", async () => {
    const { parts, refreshed } = setUp({}, [], [variable.urn]);
    assert.deepEqual(await settlePending(parts), { taken: [], operations: 0 });
    assert.deepEqual(refreshed, [variable.urn]);
    const nothing = setUp({});
    const unasked = { ...nothing.parts, calls: () => assert.fail("GitHub is asked") };
    assert.equal(await settlePending(unasked), undefined);
  });

  it("is found in the event log where a plugin was killed: creations that failed, and nothing else", () => {
    const line = (op: string, resource: object) =>
      JSON.stringify({ resOpFailedEvent: { metadata: { op, new: resource } } });
    const lines = [line("create", variable), line("update", repository), '{"resOutputsEvent":{}}', ""];
    assert.deepEqual(
      failedCreates(lines).map(({ urn }) => urn),
      [variable.urn],
    );
  });
});
