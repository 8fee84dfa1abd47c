import assert from "node:assert/strict";
import { writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readServedImage } from "../clients/images";
import type { Digest } from "../core/names";
import { parseInventory, parsePolicy, plan } from "../core/retention";
import { repository, useWorld } from "./testing/promotion-world";

describe("the evidence of images, to retention", function () {
  this.timeout(120_000);
  const world = useWorld();

  it("goes with its image, and stays with one that stays", async () => {
    const [going, staying] = [await world.publish("going", null), await world.publish("staying", null)];
    for (const digest of [going, staying]) await attest(digest);
    const stays = await world.registry.manifest(repository, staying);
    await world.registry.putManifest(repository, "1.0.0", stays.bytes, stays.mediaType);
    const out = join(world.folder, "inventory.json");
    const taken = await world.ghcr(
      ...["retention", "inventory", "--owner", "acme", "--package", "todost", "--out", out],
      ...["--promotions", "none", "--in-use", "none", "--registry", world.trial.host],
      ...["--github-url", `${world.trial.github.url}/api/v3/`],
    );
    assert.equal(taken.code, 0, taken.err);
    const policy = parsePolicy(
      {
        ...{ graceDays: 1, rollback: 0, brake: { versions: 1000, percent: 100 } },
        classes: { "custom:build": "build-*" },
        rules: [
          { id: "builds", kind: "expire-tagged", of: "custom:build", afterDays: 1 },
          // A list that was written again leaves its earlier self without a tag, which lists the same.
          { id: "untagged", kind: "expire-untagged", afterDays: 7 },
        ],
      },
      "policy",
    );
    const inventory = parseInventory(JSON.parse(readFileSync(out, "utf8")), out);
    const made = plan(inventory, policy, new Date(Date.now() + 30 * 86_400_000));
    const gone = new Set<string>(made.deletions.map(({ digest }) => digest));
    const whole = await closure(going);
    assert.equal(whole.length, 3 + 3 + 2 + 3, whole.join());
    assert.deepEqual(
      whole.filter((digest) => !gone.has(digest)),
      [],
    );
    assert.deepEqual(
      (await closure(staying)).filter((digest) => gone.has(digest)),
      [],
    );
  });

  /** As the tag job does, and what cosign attaches. */
  async function attest(digest: Digest): Promise<void> {
    const image = await readServedImage(world.registry, repository, digest);
    const platforms = [...image.manifests.keys()];
    const files = [...platforms].map((manifest) => {
      const sbom = { spdxVersion: "SPDX-2.3", name: `${world.image}@${manifest}`, packages: [] };
      return file(manifest, sbom);
    });
    const none = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
    const result = {
      ...{ image: world.image, digest, verdict: "passed", at: new Date().toISOString(), exceptions: [] },
      scanner: { name: "trivy", version: "0.74.0", database: { reference: "a/b:2", updatedAt: null } },
      platforms: ["linux/amd64", "linux/arm64"].map((platform, index) => ({
        ...{ platform, digest: platforms[index], packages: 9, excepted: 0, blocks: [] },
        ...{ findings: none, fixable: none },
      })),
    };
    const { code, err } = await world.ghcr(
      ...["image", "attest", "--image", `${world.image}@${digest}`, "--sbom", files.join(",")],
      ...["--gate-result", file(digest, result)],
    );
    assert.equal(code, 0, err);
    await world.sign(digest);
  }

  function file(name: string, content: unknown): string {
    const path = join(world.folder, `${name.replace(":", "-")}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  }

  /** The index and its manifests, what refers to each, and the lists that say so. */
  async function closure(index: Digest): Promise<readonly string[]> {
    const image = await readServedImage(world.registry, repository, index);
    const manifests = [index, ...image.manifests.keys()] as Digest[];
    const attached = await Promise.all(
      manifests.map(async (digest) => {
        const list = await world.registry.resolve(repository, digest.replace(":", "-"));
        const referrers = await world.registry.referrers(repository, digest);
        return [...referrers.map((each) => each.digest), ...(list === undefined ? [] : [list.digest])];
      }),
    );
    return [...manifests, ...attached.flat()];
  }
});
