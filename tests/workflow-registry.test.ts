import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { openRegistry } from "../clients/registry";
import { testImage } from "../clients/testing/images";
import { startRealRegistry, type RealRegistry } from "../clients/testing/real-registry";
import { planRun, type RunPlan } from "../core/workflow";
import { runStep, type StepRun } from "./workflow-step";
import { renderedFiles } from "./workflow-variants";

const workflow = renderedFiles().get("two-services/container-publish.yml") ?? "";
const repository = "albeorla/todost";
const revision = "4fa8d21".padEnd(40, "0");

/** From the digests that the builds left to tags, by the scripts of the jobs in between. */
describe("the index and tag jobs' scripts, with a real registry", () => {
  const folder = mkdtempSync(join(tmpdir(), "workflow-registry-"));
  let registry: RealRegistry;
  let image: RunPlan["images"][number];
  let digests: readonly string[];

  before(async () => {
    registry = await startRealRegistry();
    const [planned] = plan().images;
    assert.ok(planned);
    image = planned;
    digests = await pushManifests((JSON.parse(image.check) as { labels: Record<string, string> }).labels);
    mkdirSync(join(folder, "digests"));
    mkdirSync(join(folder, "history"));
    digests.forEach((digest, index) =>
      writeFileSync(join(folder, "digests", `platform-${index}`), `${digest}\n`),
    );
  });
  after(async () => {
    await registry.stop();
    rmSync(folder, { recursive: true });
  });

  it("assemble an index that has every platform, the annotations and no tag", async () => {
    const assembled = step("index", "Assemble", { ANNOTATIONS: image.annotations });
    assert.equal(assembled.status, 0, assembled.log);
    const digest = readFileSync(join(folder, "index", "digest"), "utf8").trim();
    const { content } = await manifest(digest);
    assert.deepEqual(content.manifests.map((entry) => entry.digest).sort(), [...digests].sort());
    assert.deepEqual(content.annotations, JSON.parse(image.annotations));
    const tags = await fetch(`http://${registry.host}/v2/${repository}/tags/list`);
    // Without a tag the repository is none to this registry.
    assert.equal(tags.status, 404);
  });

  it("check it, and stop where it is not what was planned", () => {
    const checked = step("index", "Check", { CHECK: image.check });
    assert.equal(checked.status, 0, checked.log);
    const other = { ...(JSON.parse(image.check) as object), platforms: ["linux/amd64", "linux/s390x"] };
    const refused = step("index", "Check", { CHECK: JSON.stringify(other) });
    assert.notEqual(refused.status, 0);
    assert.match(refused.log, /linux\/s390x is declared and not there/);
  });

  it("tag it, and say in the summary what was tagged how", async () => {
    const tagged = step("tag", "Tag", { TAGS: image.tags });
    assert.equal(tagged.status, 0, tagged.log);
    const digest = readFileSync(join(folder, "index", "digest"), "utf8").trim();
    for (const tag of ["latest", "sha-4fa8d21"]) {
      assert.equal((await openRegistry(registry.host).resolve(repository, tag))?.digest, digest);
    }
    const { summary, log } = step("tag", "Summary", { TAGS: image.tags });
    assert.ok(summary.includes(`\`${image.image}@${digest}\``), log);
    assert.match(summary, /^Tags: `latest`, `sha-4fa8d21`$/m);
    assert.match(summary, /^\| linux\/arm64 \| [0-9.]+ kB \|( not scanned \|){4} `sha256:[0-9a-f]{12}` \|$/m);
  });

  function step(job: string, name: string, env: Readonly<Record<string, string>>): StepRun {
    return runStep({
      workflow,
      job,
      step: name,
      folder,
      path: [join(__dirname, "..", "cli")],
      env: { IMAGE: image.image, GHCR_USERNAME: "", GHCR_TOKEN: "", ...env },
    });
  }

  function plan(): RunPlan {
    return planRun({
      services: [
        {
          name: "todost",
          image: `${registry.host}/${repository}`,
          path: "services/todost",
          dockerfile: "services/todost/Dockerfile",
          platforms: { "linux/amd64": "a", "linux/arm64": "b" },
          description: "Keeps a list, isn't it?",
        },
      ],
      tags: {
        kind: "publish",
        tags: [
          { tag: "latest", moving: true },
          { tag: "sha-4fa8d21", moving: false },
        ],
      },
      dockerfile: () => undefined,
      event: "workflow_dispatch",
      ref: "refs/heads/main",
      revision,
      committedAt: new Date("2026-11-24T10:00:00Z"),
      source: "https://github.com/albeorla/ghcr-platform",
      vendor: "albeorla",
      changedFiles: undefined,
    });
  }

  /** What the build jobs push: a manifest for each platform, without an index. */
  async function pushManifests(labels: Readonly<Record<string, string>>): Promise<readonly string[]> {
    const made = testImage({ labels });
    for (const blob of made.blobs) await registry.pushBlob(repository, blob);
    for (const { digest, bytes, mediaType } of made.manifests) {
      await openRegistry(registry.host).putManifest(repository, digest, bytes, mediaType);
    }
    return made.manifests.map(({ digest }) => digest);
  }

  async function manifest(digest: string): Promise<{
    content: { manifests: readonly { digest: string }[]; annotations: Readonly<Record<string, string>> };
  }> {
    const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${digest}`, {
      headers: { accept: "application/vnd.oci.image.index.v1+json" },
    });
    assert.equal(answer.status, 200);
    return { content: (await answer.json()) as Awaited<ReturnType<typeof manifest>>["content"] };
  }
}).timeout(180_000);
