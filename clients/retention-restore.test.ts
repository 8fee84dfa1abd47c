import assert from "node:assert/strict";
import type { Digest } from "../core/names";
import { openPackages } from "./packages";
import { journalFormat, parseJournal, type Journal, type Outcome } from "./retention-journal";
import { restoreDeleted } from "./retention-restore";
import { FakePackages } from "./testing/fake-packages";

const at = "2026-11-24T12:00:00Z";

/** Two images of two platforms and a signature each, deleted parents first, as a journal says. */
function deletedImages(is: Outcome = { outcome: "deleted" }) {
  const github = new FakePackages();
  github.push({ tags: ["kept"] });
  const lines: unknown[] = [
    { line: "plan", format: journalFormat, owner: "a", package: "b", plan: "p", inventory: "i", at },
  ];
  const images = ["1.0.0", "2.0.0"].map((tag) => {
    const children = [github.push(), github.push()];
    const index = github.push({ tags: [tag], children });
    const signature = github.push({ subject: index, tags: [`${index.replace(":", "-")}.sig`] });
    for (const digest of [index, signature, ...children]) {
      const row = github.find(digest) ?? assert.fail();
      const after = digest === index ? [] : [index];
      lines.push({ line: "deleting", id: row.id, digest, tags: [...row.tags], after, at });
      lines.push({ line: "outcome", digest, is, at });
      github.remove(row.id);
    }
    return { index, signature, children };
  });
  let text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const journal: Journal = {
    read: () => parseJournal(text, "journal"),
    add: (line) => (text += `${JSON.stringify(line)}\n`),
  };
  const { owner, name, fetch, clock } = github;
  const packages = openPackages({ githubUrl: "https://api.test", token: "t", owner, name, fetch, clock });
  const restore = (...wanted: string[]) =>
    restoreDeleted({ packages, journal, wanted, now: () => new Date(github.time) });
  return { github, images, restore };
}

describe("restoring from a journal", () => {
  it("property 17: brings a whole image back, children and referrers first, and checks its tags", async () => {
    const { github, images, restore } = deletedImages();
    const { index, signature, children } = images[0] ?? assert.fail();
    const restored = await restore("1.0.0");
    assert.deepEqual(new Set(restored.keys()), new Set([index, signature, ...children]));
    assert.ok([...restored.values()].every((is) => is.outcome === "restored" && is.missingTags.length === 0));
    assert.deepEqual(github.missingBelow(index), []);
    assert.equal(github.restorations.at(-1), github.find(index)?.id);
    assert.equal(github.find(images[1]?.index as Digest), undefined);
  });

  it("property 17: brings everything back, and nothing the second time", async () => {
    const { github, images, restore } = deletedImages();
    assert.equal((await restore()).size, 8);
    for (const { index } of images) assert.deepEqual(github.missingBelow(index), []);
    assert.equal((await restore()).size, 0);
    assert.equal(github.restorations.length, 8);
  });

  it("property 17: says which tag didn't come back, since it was used again", async () => {
    const { github, images, restore } = deletedImages();
    github.push({ tags: ["1.0.0"] });
    const restored = await restore(images[0]?.index as Digest);
    const is = restored.get(images[0]?.index as Digest);
    assert.deepEqual(is, { outcome: "restored", missingTags: ["1.0.0"] });
  });

  it("leaves an image deleted of which a part can't come back", async () => {
    const { github, images, restore } = deletedImages();
    const { index, children } = images[0] ?? assert.fail();
    github.deletedRows = github.deletedRows.filter(({ digest }) => digest !== children[1]);
    const restored = await restore("1.0.0");
    assert.equal(restored.get(children[1] as Digest)?.outcome, "failed");
    assert.equal(restored.get(index)?.outcome, "left-deleted");
    assert.equal(github.find(index), undefined);
  });

  it("goes on through limits and lost answers", async () => {
    for (const fault of [
      { status: 429 },
      { status: 502 },
      { status: 502, done: true },
      { status: 0, done: true },
    ]) {
      const { github, images, restore } = deletedImages();
      github.faults.push({ on: /^POST/, skip: 1, times: 2, ...fault });
      const restored = await restore("2.0.0");
      assert.ok([...restored.values()].every(({ outcome }) => outcome === "restored"));
      assert.deepEqual(github.missingBelow(images[1]?.index as Digest), []);
    }
  });

  it("brings back what was deleted although the deletion counts as failed, since no answer came", async () => {
    const { github, images, restore } = deletedImages({ outcome: "failed", why: "status 502" });
    assert.equal((await restore()).size, 8);
    for (const { index } of images) assert.deepEqual(github.missingBelow(index), []);
  });

  it("names everything that the journal doesn't have, before it restores anything", async () => {
    const { github, restore } = deletedImages();
    await assert.rejects(restore("1.0.0", "9.9.9", "sha256:"), /9\.9\.9[^]*8 deletions begin like this/);
    assert.deepEqual(github.restorations, []);
  });
});
