import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { driftIssue, driftMark } from "./drift";
import { readEvents } from "./events";
import { countsByOwner, previewOf, unseenByReaders } from "./model";
import { logOf, serviceLine, serviceUrn, stepLine, summaryLine, urn } from "./testing/events";

const stack = "urn:pulumi:prod::ghcr-platform::pulumi:pulumi:Stack::ghcr-platform-prod";
const previewed = (...lines: readonly string[]) =>
  previewOf("prod", readEvents("log", logOf(...lines, summaryLine())));
const ruleset = "github:index/repositoryRuleset:RepositoryRuleset";

describe("the model of a preview", () => {
  it("gives a resource to the nearest service around it, else to the outermost component, else to the stack", () => {
    const { changes } = previewed(
      stepLine({ op: "same", name: "team", type: "x:index:Team", custom: false, parent: stack }),
      stepLine({
        op: "same",
        name: "todost",
        type: "ghcr-platform:index:ContainerService",
        custom: false,
        parent: urn("x:index:Team", "team"),
      }),
      stepLine({
        op: "same",
        name: "todost-secrets",
        type: "y:z:S",
        custom: false,
        parent: serviceUrn("todost"),
      }),
      stepLine({ op: "create", name: "a", parent: urn("y:z:S", "todost-secrets") }),
      stepLine({ op: "create", name: "b", parent: urn("x:index:Team", "team") }),
      stepLine({ op: "create", name: "c", parent: stack }),
      stepLine({ op: "create", name: "d" }),
    );
    assert.deepEqual(Object.fromEntries(changes.map(({ name, owner }) => [name, owner])), {
      a: "todost",
      b: "team",
      c: "(stack)",
      d: "(stack)",
    });
  });

  it("isn't caught by parents that are their own", () => {
    const own = urn("x:index:Loop", "loop");
    const { changes } = previewed(
      stepLine({ op: "same", name: "loop", type: "x:index:Loop", custom: false, parent: own }),
      stepLine({ op: "create", name: "a", parent: own }),
    );
    assert.equal(changes[0]?.owner, "loop");
  });

  it("counts a replacement's steps as one, and neither components nor providers", () => {
    const { changes, unchanged } = previewed(
      serviceLine("todost"),
      stepLine({ op: "create", name: "github", type: "pulumi:providers:github" }),
      stepLine({ op: "create", name: "holds", type: "x:y:Z", custom: false }),
      ...(["create-replacement", "replace", "delete-replaced"] as const).map((op) =>
        stepLine({ op, name: "a", parent: serviceUrn("todost") }),
      ),
      stepLine({ op: "same", name: "b" }),
      stepLine({ op: "read", name: "c" }),
    );
    assert.deepEqual(
      [...countsByOwner(changes)].map(([owner, { replace, create }]) => [owner, replace, create]),
      [["todost", 1, 0]],
    );
    assert.equal(unchanged, 1);
  });

  it("leaves out what a reader can't see, and only that", () => {
    const log = logOf(
      stepLine({ op: "update", name: "unseen", type: ruleset, paths: ["bypassActors[0]", "bypassActors"] }),
      stepLine({ op: "update", name: "both", type: ruleset, paths: ["bypassActors", "enforcement"] }),
      stepLine({ op: "update", name: "other", paths: ["bypassActors"] }),
      stepLine({ op: "update", name: "longer", type: ruleset, paths: ["bypassActorsList"] }),
      stepLine({ op: "delete", name: "gone", type: ruleset, paths: ["bypassActors"] }),
      summaryLine(),
    );
    const { changes, unchanged } = previewOf("prod", readEvents("log", log), unseenByReaders);
    assert.deepEqual(
      changes.map(({ name, operation, paths }) => [name, operation, ...paths]),
      [
        ["gone", "delete"],
        ["both", "update", "enforcement"],
        ["longer", "update", "bypassActorsList"],
        ["other", "update", "bypassActors"],
      ],
    );
    assert.equal(unchanged, 1);
  });
});

describe("the issue about drift", () => {
  it("is there while anything differs, and the same as long as that does", () => {
    const drifted = () => previewed(stepLine({ op: "update", name: "GREETING", paths: ["value"] }));
    const issue = driftIssue(drifted());
    assert.ok(issue);
    assert.deepEqual(driftIssue(drifted()), issue);
    assert.ok(issue.body.startsWith(`${driftMark("prod")}\n`));
    assert.match(issue.body, /`~` actions variable `GREETING`: `value`/);
    assert.equal(driftIssue(previewed(stepLine({ op: "same", name: "GREETING" }))), undefined);
  });
});
