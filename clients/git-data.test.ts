import assert from "node:assert/strict";
import { blobId, GitData } from "./git-data";
import { GitHubCalls } from "./github-calls";

/** A repository whose references answer every change with this. */
function refusing(message: string): GitData {
  const answer: typeof fetch = async () => Response.json({ message }, { status: 422 });
  const calls = new GitHubCalls({ githubUrl: "https://api.github.test/", token: "made-up", fetch: answer });
  return new GitData(calls, "albeorla/tools");
}

describe("a branch that would not move", () => {
  // As GitHub words them, of rulesets and of classic protection.
  const rules = [
    "Repository rule violations found\n\nChanges must be made through a pull request.\n\n",
    "Repository rule violations found\n\nCannot update this protected ref.\n\n",
    "Changes must be made through a pull request.",
    "At least 1 approving review is required by reviewers with write access.",
    "2 of 2 required status checks are expected. At least one approved review is required",
    'Required status check "container-publish" is expected.',
    "Protected branch update failed for refs/heads/main.",
    "This branch must not contain merge commits.",
  ];
  for (const words of rules) {
    it(`is forbidden to whom GitHub says: ${words.replaceAll("\n", " ")}`, async () => {
      assert.deepEqual(await refusing(words).forward("main", "1"), { is: "forbidden", words });
    });
  }

  for (const words of [
    "Update is not a fast forward",
    "Reference update failed",
    "Reference does not exist",
  ]) {
    it(`moved meanwhile where GitHub says: ${words}`, async () => {
      assert.deepEqual(await refusing(words).forward("main", "1"), { is: "moved", words });
    });
  }
});

describe("a file's blob id", () => {
  it("is git's", () => {
    // `printf 'name: a\n' | git hash-object --stdin`, and of nothing and of more bytes than characters.
    assert.equal(blobId(""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    assert.equal(blobId("what is up, doc?"), "bd9dbf5aae1a3862dd1526723246b20206e5fc37");
    assert.equal(blobId("ü\n"), "be761e039de7c85a579bc09515401c5ee742c8de");
  });
});
