/** Inventories against the stand-in of GitHub and the front of its registry. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { manifestSource, takeInventory } from "../clients/inventory";
import { diskManifestCache } from "../clients/manifest-cache";
import { openPackages } from "../clients/packages";
import { testImage } from "../clients/testing/images";
import type { Inventory } from "../core/retention";
import { tokens, useGhcr } from "../sandbox/ghcr/trial";

describe("an inventory with the linked repository's pull requests", () => {
  const trial = useGhcr();
  const folder = mkdtempSync(join(tmpdir(), "retention-github-"));
  after(() => rmSync(folder, { recursive: true }));

  it("knows which are open and when the others were closed, and leaves out what is none", async () => {
    const octokit = trial.octokit(tokens.alice);
    const repo = { owner: "acme", repo: "app" };
    await octokit.repos.createInOrg({ org: "acme", name: "app", auto_init: true });
    const main = (await octokit.git.getRef({ ...repo, ref: "heads/main" })).data.object.sha;
    for (const branch of ["first", "second"]) {
      await octokit.git.createRef({ ...repo, ref: `refs/heads/${branch}`, sha: main });
      const content = Buffer.from(branch).toString("base64");
      await octokit.repos.createOrUpdateFileContents({
        ...repo,
        path: branch,
        branch,
        content,
        message: branch,
      });
      await octokit.pulls.create({ ...repo, head: branch, base: "main", title: branch });
    }
    await octokit.pulls.update({ ...repo, pull_number: 1, state: "closed" });
    for (const tag of ["pr-1", "pr-2", "pr-9"]) await trial.push("acme/app", testImage({ salt: tag }), tag);

    const unlinked = await inventory();
    assert.equal(unlinked.pullRequests, null);
    await trial.control("packages", { owner: "acme", name: "app", repository: "app" });
    const { pullRequests } = await inventory();
    const closed = (await octokit.pulls.get({ ...repo, pull_number: 1 })).data.closed_at;
    assert.deepEqual(pullRequests, [
      { number: 1, closedAt: closed },
      { number: 2, closedAt: null },
    ]);
  }).timeout(60_000);

  async function inventory(): Promise<Inventory> {
    const githubUrl = `${trial.github.url}/api/v3`;
    const packages = openPackages({ githubUrl, token: tokens.alice, owner: "acme", name: "app" });
    const manifests = manifestSource(trial.as(tokens.alice), "acme/app", diskManifestCache(folder));
    const known = { pullRequests: null, promotions: [], inUse: [] };
    return takeInventory({ ...{ packages, manifests, known }, pullRequests: true, now: () => new Date() });
  }
});
