import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { digestOf } from "../../clients/registry";
import { types } from "../../clients/testing/images";
import { tokens, useGhcr } from "../../sandbox/ghcr/trial";
import { pushScene, scenePolicy, scenePullRequests, type Scene, type SceneImage } from "./retention-scene";

/** Not waited for in place: the registry's front answers in this very process. */
const execute = promisify(execFile);
const checkout = join(__dirname, "..", "..");

/** What the stand-in writes down of a request, to GitHub's API or to the registry. */
interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
}

for (const [owner, kind] of [
  ["acme", "an organization"],
  ["alice", "a user"],
] as const) {
  describe(`retention of a package of ${kind}, from the command line to the registry`, () => {
    const trial = useGhcr();
    const repository = `${owner}/shop`;
    const folder = mkdtempSync(join(tmpdir(), "retention-"));
    let scene: Scene;
    before(async () => {
      scene = await pushScene(trial, repository);
      write("policy.json", scenePolicy);
      write("pull-requests.json", scenePullRequests);
      write("in-use.json", [{ digest: of("commit 14").root.digest, by: "the shop's cluster" }]);
    });
    after(() => rmSync(folder, { recursive: true }));

    const file = (name: string): string => join(folder, name);
    const write = (name: string, content: unknown): void =>
      writeFileSync(file(name), JSON.stringify(content));
    const read = <T>(name: string): T => JSON.parse(readFileSync(file(name), "utf8")) as T;
    const of = (name: string): SceneImage =>
      scene.images.find((image) => image.name === name) ?? assert.fail(name);

    /** The command in a process of its own, and what was asked of GitHub and of the registry meanwhile. */
    async function ghcr(command: string, ...args: string[]) {
      trial.github.clearJournal();
      const env = {
        ...process.env,
        GITHUB_TOKEN: tokens.alice,
        GITHUB_API_URL: `${trial.github.url}/`,
        XDG_CACHE_HOME: file("cache"),
        DOCKER_CONFIG: file("no-docker"),
        NODE_COMPILE_CACHE: join(tmpdir(), "ghcr-compile-cache"),
      };
      const child = spawn(join(checkout, "cli", "ghcr"), ["retention", command, ...args], { env });
      const [out, err] = [text(child.stdout), text(child.stderr)];
      const code = await new Promise((resolve) => child.once("close", resolve));
      const asked: readonly Asked[] = trial.github.journal();
      const isRegistry = ({ path }: Asked): boolean => /^\/(v2|token)\b/.test(path);
      return {
        ...{ code, out: await out, err: await err },
        github: asked.filter((one) => !isRegistry(one)),
        manifests: asked.filter(({ path, status }) => path.includes("/manifests/") && status === 200),
      };
    }

    const registry = (): string[] => ["--registry", trial.host];
    const takeInventory = (out: string) =>
      ghcr("inventory", "--owner", owner, "--package", "shop", "--out", file(out), ...registry(), ...known());
    const known = (): string[] => [
      ...["--pull-requests", file("pull-requests.json"), "--promotions", "none"],
      ...["--in-use", file("in-use.json")],
    ];
    const plan = (inventory: string, out: string, now = scene.now) =>
      ghcr(
        "plan",
        ...["--inventory", file(inventory), "--policy", file("policy.json"), "--now", now.toISOString()],
        ...["--out", file(out), "--detailed-exitcode"],
      );
    const apply = (name: string) => ghcr("apply", "--plan", file(name), ...registry());

    interface Listed {
      readonly incomplete: readonly string[];
      readonly versions: readonly { readonly digest: string; readonly tags: readonly string[] }[];
    }

    const digestsOf = (images: readonly SceneImage[]): string[] =>
      [...new Set(images.flatMap(({ manifests }) => manifests.map(({ digest }) => digest)))].sort();
    const staying = (): SceneImage[] => scene.images.filter(({ stays }) => stays);
    /** Of doomed images alone: a child that one which stays lists too, stays with it. */
    const doomed = (): string[] => {
      const kept = new Set(digestsOf(staying()));
      return digestsOf(scene.images).filter((digest) => !kept.has(digest));
    };

    /** Every manifest of every platform, signature and attestation, and every blob, byte for byte. */
    async function pullWhole({ name, root, manifests, blobs, tags }: SceneImage): Promise<void> {
      const accept = `${types.index}, ${types.manifest}`;
      for (const reference of [...tags, ...manifests.map(({ digest }) => digest)]) {
        const at = `/v2/${repository}/manifests/${reference}`;
        const answer = await trial.fetch(at, { headers: { accept } });
        assert.equal(answer.status, 200, `${name}: ${reference}`);
        const digest = digestOf(new Uint8Array(await answer.arrayBuffer()));
        assert.equal(digest, reference.includes(":") ? reference : root.digest, name);
      }
      for (const blob of blobs) {
        const answer = await trial.fetch(`/v2/${repository}/blobs/${digestOf(blob)}`);
        assert.deepEqual([answer.status, Buffer.from(await answer.arrayBuffer())], [200, blob], name);
      }
    }

    it("pushes forty images, and every manifest of theirs is a version", () => {
      assert.equal(scene.images.length, 40);
      assert.ok(digestsOf(scene.images).length > 150);
    });

    it("takes an inventory with 2⌈N/100⌉ requests to GitHub and one for every manifest; warm, with none", async () => {
      const cold = await takeInventory("inventory.json");
      assert.equal(cold.code, 0, cold.err);
      const { versions, incomplete } = read<Listed>("inventory.json");
      assert.deepEqual(incomplete, []);
      assert.deepEqual(versions.map(({ digest }) => digest).sort(), digestsOf(scene.images));
      // That the owner is a user shows at the first question alone.
      const requests = 2 * Math.ceil(versions.length / 100) + (owner === "acme" ? 0 : 1);
      assert.equal(cold.github.length, requests);
      assert.equal(cold.manifests.length, versions.length);
      const warm = await takeInventory("inventory.json");
      assert.deepEqual([warm.code, warm.github.length, warm.manifests.length], [0, requests, 0]);
    });

    it("plans to delete the doomed images with all their parts, and nothing else", async () => {
      const planned = await plan("inventory.json", "plan.json");
      assert.equal(planned.code, 2, planned.err);
      assert.deepEqual(planned.github, []);
      const { deletions } = read<{ deletions: { digest: string }[] }>("plan.json");
      assert.deepEqual(deletions.map(({ digest }) => digest).sort(), doomed());
    });

    it("leaves out what changed after the plan, with all below it, and applies the rest", async () => {
      // Someone tags one doomed image, and pushes an index over the platforms of another.
      const tagged = of("development 3");
      const listed = of("development 4");
      const { bytes, mediaType } = tagged.root;
      await trial.as(tokens.alice).putManifest(repository, "customer-7", bytes, mediaType);
      const children = listed.manifests.slice(0, 2);
      const entries = children.map(({ digest, bytes: { length }, mediaType: type }) => ({
        ...{ digest, size: length, mediaType: type },
      }));
      const over = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests: entries }),
      );
      await trial.as(tokens.alice).putManifest(repository, "customer-8", over, types.index);

      const applied = await apply("plan.json");
      assert.equal(applied.code, 0, applied.out + applied.err);
      const spared = [...digestsOf([tagged]), ...children.map(({ digest }) => digest)];
      const gone = doomed().filter((digest) => !spared.includes(digest));
      const deletions = applied.github.filter(({ method }) => method === "DELETE");
      assert.equal(deletions.length, gone.length);
      assert.equal(new Set(deletions.map(({ path }) => path)).size, gone.length, "deleted twice");
      assert.match(applied.out, new RegExp(`^${gone.length} deleted$`, "m"));
      assert.match(applied.err, /left-out: it was tagged customer-7 since/);
      for (const digest of gone)
        assert.equal((await trial.fetch(`/v2/${repository}/manifests/${digest}`)).status, 404);
      await takeInventory("after.json");
      const { versions } = read<Listed>("after.json");
      const left = [...digestsOf(staying()), ...spared, digestOf(over)];
      assert.deepEqual(versions.map(({ digest }) => digest).sort(), [...new Set(left)].sort());
      await pullWhole({ ...tagged, tags: [...tagged.tags, "customer-7"] });
    });

    it("writes each deletion down before it and its outcome after it", () => {
      const lines = readFileSync(file("plan.journal.jsonl"), "utf8").trim().split("\n");
      const all = lines.map((line) => JSON.parse(line) as { line: string; digest?: string; is?: unknown });
      const [head, ...steps] = all;
      assert.equal(head?.line, "plan");
      const deleting = steps.filter(({ line }) => line === "deleting").map(({ digest }) => digest);
      const deleted = steps.filter(({ is }) => JSON.stringify(is) === '{"outcome":"deleted"}');
      assert.deepEqual(
        deleted.map(({ digest }) => digest),
        deleting,
      );
      assert.equal(new Set(deleting).size, deleting.length);
    });

    it("keeps every image that stays whole, each manifest of every platform and each blob, by tag and by digest", async () => {
      for (const image of staying()) await pullWhole(image);
    });

    it("lets a plain client pull what stays, with all its platforms", async () => {
      const authFile = file("auth.json");
      const auth = Buffer.from(`alice:${tokens.alice}`).toString("base64");
      write("auth.json", { auths: { [trial.host]: { auth } } });
      for (const name of ["release 1.0.5", "release 1.0.9", "release that shares", "main 4"]) {
        const source = `docker://${trial.host}/${repository}@${of(name).root.digest}`;
        const options = ["--quiet", "--all", "--src-tls-verify=false", "--authfile", authFile];
        await execute("skopeo", ["copy", ...options, source, `oci:${file("pulled")}:x`]);
      }
    });

    it("does nothing more when it is applied again", async () => {
      const again = await apply("plan.json");
      assert.equal(again.code, 0, again.err);
      assert.deepEqual(
        again.github.filter(({ method }) => method !== "GET"),
        [],
      );
    });

    it("restores a whole deleted image, with its signature and its tags", async () => {
      const image = of("development 1");
      const restored = await ghcr(
        "restore",
        ...[image.tags[0] ?? "", "--journal", file("plan.journal.jsonl"), ...registry()],
      );
      assert.equal(restored.code, 0, restored.out + restored.err);
      await pullWhole(image);
      await takeInventory("restored.json");
      const { versions } = read<Listed>("restored.json");
      const found = versions.find(({ digest }) => digest === image.root.digest);
      assert.deepEqual(found?.tags, image.tags);
      const signature = `${image.root.digest.replace(":", "-")}.sig`;
      assert.ok(versions.some(({ tags }) => tags.includes(signature)));
      // Nothing else came back.
      const after = read<Listed>("after.json").versions.map(({ digest }) => digest);
      const now = versions.map(({ digest }) => digest);
      assert.deepEqual(now.filter((digest) => !after.includes(digest)).sort(), digestsOf([image]));
    });
  });
}

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += String(chunk);
  return all;
}
