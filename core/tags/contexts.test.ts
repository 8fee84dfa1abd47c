import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tagsFor, type GitContext, type TagDecision } from ".";
import { contextsTable } from "./contexts.table";

interface Row {
  readonly title: string;
  readonly context: GitContext;
  readonly expected: string;
  /** Undefined where the action doesn't know such a context. */
  readonly action: string | undefined;
  readonly difference: string;
}

const commit = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const repository = "albeorla/ghcr-platform";

const rows = contextsTable
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map(readRow);

function readRow(line: string): Row {
  const [event = "", ref = "", given = "", expected = "", action = "", difference = "", ...more] =
    line.split(/ *\| */);
  assert.deepEqual(more, [], line);
  const whole = (answer: string) => answer.replace(/\bS$/, `sha-${commit.slice(0, 7)}`);
  return {
    title: [event, ref, given].filter((text) => text !== "").join(" "),
    context: { event, ref, ...readGiven(given) },
    expected: whole(expected),
    action: action === "-" ? undefined : whole(action === "=" ? expected : action),
    difference,
  };
}

function readGiven(text: string): Omit<GitContext, "event" | "ref"> {
  const given = new Map(text === "" ? [] : text.split("; ").map((each) => pair(each)));
  const known = ["default", "sha", "repository", "actor", "pr", "action", "head"];
  assert.deepEqual(
    [...given.keys()].filter((key) => !known.includes(key)),
    [],
    text,
  );
  const pr = given.get("pr");
  const actor = given.get("actor");
  return {
    defaultBranch: given.get("default") ?? "main",
    sha: given.get("sha") ?? commit,
    repository: given.get("repository") ?? repository,
    ...(actor === undefined ? {} : { actor }),
    ...(pr === undefined
      ? {}
      : {
          pullRequest: {
            number: Number(pr),
            action: given.get("action") ?? "",
            headRepository: given.get("head") ?? repository,
          },
        }),
  };
}

function pair(text: string): readonly [string, string] {
  const equals = text.indexOf("=");
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function shown(decision: TagDecision): string {
  return decision.kind === "publish"
    ? decision.tags.map(({ tag }) => tag).join(" ")
    : `${decision.kind} ${decision.code}`;
}

describe("the tags of a git context, by the table", () => {
  for (const { title, context, expected } of rows) {
    it(`${title}: ${expected}`, () => {
      assert.equal(shown(tagsFor(context)), expected);
    });
  }

  it("are pinned in at least 200 contexts, each in the table once", () => {
    const contexts = new Set(rows.map(({ context }) => JSON.stringify(context)));
    assert.equal(contexts.size, rows.length);
    assert.ok(rows.length >= 200, String(rows.length));
  });
});

describe("the differences from docker/metadata-action", () => {
  const document = readFileSync(join(__dirname, "differences.md"), "utf8");
  const documented = [...document.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1]);

  it("are named in each context where the answers differ, and only there", () => {
    for (const { title, expected, action, difference } of rows) {
      assert.equal(difference !== "", action !== undefined && action !== expected, title);
    }
  });

  it("are documented, and each documented one occurs", () => {
    const occurring = new Set(rows.map(({ difference }) => difference).filter((name) => name !== ""));
    assert.deepEqual([...occurring].sort(), [...documented].sort());
  });

  it("are told from as many contexts as the document says", () => {
    assert.match(document, new RegExp(`\\b${rows.length} git contexts\\b`));
  });

  it("leave tags out and add none, but for the pull request's number", () => {
    for (const { title, context, action, difference } of rows) {
      const decision = tagsFor(context);
      if (decision.kind !== "publish" || action === undefined || difference === "pull-request-ref") continue;
      const ours: readonly string[] = decision.tags.map(({ tag }) => tag);
      assert.deepEqual(
        action.split(" ").filter((tag) => ours.includes(tag)),
        ours,
        title,
      );
    }
  });
});
