import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  classifyTag,
  isMovingVersionTag,
  mayMove,
  tagClasses,
  tagsFor,
  type GitContext,
  type TagTarget,
} from ".";

const repository = "albeorla/ghcr-platform";
const document = readFileSync(join(__dirname, "../../docs/tags.md"), "utf8");

/** Cells of the table that starts with this one. */
function table(firstHeading: string): readonly (readonly string[])[] {
  const rows = document
    .slice(document.indexOf(`| ${firstHeading} |`))
    .split("\n\n")[0]
    ?.split("\n")
    .slice(2);
  assert.ok(rows !== undefined && rows.length > 0, firstHeading);
  return rows.map((row) =>
    row
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

const code = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? "");

function contextOf(example: string, fork: boolean): GitContext {
  const [event = "", ref = ""] = example.split(" ");
  const number = Number(/^refs\/pull\/(\d+)\//.exec(ref)?.[1]);
  const headRepository = fork ? "jane/ghcr-platform" : repository;
  return {
    event,
    ref,
    sha: "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    defaultBranch: "main",
    repository,
    actor: "jane",
    ...(Number.isNaN(number) ? {} : { pullRequest: { number, headRepository, action: "opened" } }),
  };
}

describe("docs/tags.md", () => {
  it("says of every context what it gets", () => {
    for (const [context = "", example = "", answer = ""] of table("context")) {
      const decision = tagsFor(contextOf(code(example)[0] ?? "", /fork/.test(context)));
      const expected =
        decision.kind === "publish"
          ? decision.tags.map(({ tag }) => `\`${tag}\``).join(" ")
          : { refused: "refused", "build-only": "built, checked and scanned, nothing pushed" }[decision.kind];
      assert.equal(answer, expected, context);
    }
  });

  it("names every class, with tags that are of it", () => {
    const rows = table("class").map((cells) => cells.map(code));
    assert.deepEqual([...new Set(rows.map(([name = []]) => name[0]))], [...tagClasses]);
    for (const [[name] = [], tags = []] of rows) {
      assert.ok(tags.length > 0);
      const environments = name === "environment" ? tags : [];
      for (const tag of tags) assert.equal(classifyTag(tag, environments), name, tag);
    }
  });

  it("says who sets a tag, and whether a newer build may move it", () => {
    const revision = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
    for (const [, tags = "", setBy = "", moves = ""] of table("class")) {
      for (const tag of code(tags)) {
        const published = ["publishing", "a developer's own push"].includes(setBy);
        const version = (last: number) =>
          isMovingVersionTag(tag) ? `${tag}.${last}.${last}`.split(".").slice(0, 3).join(".") : undefined;
        const to = { digest: "sha256:new", revision, version: version(2) };
        const from = { digest: "sha256:old", revision, version: version(1) };
        const decide = (old?: TagTarget) => mayMove({ tag, from: old, to, descends: true }).action;
        assert.equal(decide() === "create", published, tag);
        assert.equal(decide(from) === "move", published && moves !== "never", tag);
      }
    }
  });
});
