import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { testImage, types } from "../../clients/testing/images";
import { tokens, useGhcr } from "./trial";

const root = join(__dirname, "..", "..");

describe("faults that are ordered for the registry", () => {
  const trial = useGhcr();
  const image = testImage({ salt: "faults" });
  const other = testImage({ salt: "faults 2" });
  before(() => trial.push("acme/app", image, "1"));

  const accept = { accept: types.index };
  const get = (reference = "1") => trial.fetch(`/v2/acme/app/manifests/${reference}`, { headers: accept });
  const put = (tag: string, document = image.index) =>
    trial.fetch(`/v2/acme/app/manifests/${tag}`, {
      method: "PUT",
      headers: { "content-type": types.index },
      body: new Uint8Array(document.bytes),
    });
  const tagged = async (tag: string) => (await trial.versions("app"))[image.index.digest]?.includes(tag);

  it("come before anything is done, or lose the answer to what was done", async () => {
    const match = { method: "PUT", operation: "registry/manifest" };
    trial.github.orderFaults({ match, status: 503, headers: { "retry-after": "7" } });
    const refused = await put("before");
    assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "7"]);
    assert.equal(await tagged("before"), false);
    trial.github.orderFaults({ match, when: "after", status: 502 });
    assert.equal((await put("after")).status, 502);
    assert.equal(await tagged("after"), true);
  });

  it("close the connection, before the deed or after it", async () => {
    const match = { method: "PUT", path: "^/v2/acme/app/manifests/" };
    trial.github.orderFaults({ match, reset: true });
    await assert.rejects(put("reset-before"));
    assert.equal(await tagged("reset-before"), false);
    trial.github.orderFaults({ match, reset: true, when: "after" });
    await assert.rejects(put("reset-after"));
    assert.equal(await tagged("reset-after"), true);
  });

  it("cut a manifest and a blob short", async () => {
    const blob = `/v2/acme/app/blobs/${configOf(image)}`;
    trial.github.orderFaults({ match: { path: "/manifests/" }, truncate: 20 });
    await assert.rejects((await get()).arrayBuffer(), /terminated/);
    trial.github.orderFaults({ match: { operation: "registry/blob" }, truncate: 1_000_000 });
    await assert.rejects((await trial.fetch(blob)).arrayBuffer(), /terminated/);
    assert.equal((await trial.fetch(blob)).status, 200);
    assert.equal((await get()).status, 200);
  });

  it("hit the token service, once for a request", async () => {
    trial.github.orderFaults({ match: { operation: "registry/token" }, status: 429, times: 2 });
    const registry = trial.as(tokens.alice, { retries: 3, retryPauseMs: 1 });
    assert.deepEqual((await registry.resolve("acme/app", "1"))?.digest, image.index.digest);
    assert.equal(
      trial.github
        .journal()
        .filter(({ operation, status }) => operation === "registry/token" && status === 429).length,
      2,
    );
  });

  it("hit a request for several scopes once, too", async () => {
    trial.github.orderFaults({ match: { operation: "registry/token" }, status: 500, times: 2 });
    const scopes = ["app", "stale", "more"].map((name) => `scope=repository:acme/${name}:pull`).join("&");
    const authorization = `Basic ${Buffer.from(`alice:${tokens.alice}`).toString("base64")}`;
    const ask = async () =>
      (await fetch(`http://${trial.host}/token?${scopes}`, { headers: { authorization } })).status;
    assert.deepEqual([await ask(), await ask(), await ask()], [500, 500, 200]);
  });

  it("answer with tags and manifests as they were so many writes ago", async () => {
    await trial.push("acme/stale", image, "latest");
    await trial.push("acme/stale", other, "latest");
    await trial.as(tokens.alice).putManifest("acme/stale", "next", other.index.bytes, types.index);
    const registry = trial.as(tokens.alice);
    assert.deepEqual(await registry.tags("acme/stale"), ["latest", "next"]);
    trial.github.orderFaults({ match: { operation: "registry/tags" }, stale: 1 });
    assert.deepEqual(await registry.tags("acme/stale"), ["latest"]);
    trial.github.orderFaults({ match: { operation: "registry/manifest" }, stale: 2 });
    assert.equal((await registry.resolve("acme/stale", "latest"))?.digest, image.index.digest);
    assert.equal((await registry.resolve("acme/stale", "latest"))?.digest, other.index.digest);
  });
});

describe("the front as a program", () => {
  const trial = useGhcr();

  it("says where it listens, serves, and ends with SIGTERM", async () => {
    const args = ["sandbox/ghcr/main.ts", "--port", "0"];
    const behind = ["--registry", trial.registryHost, "--github", trial.github.url];
    const child = spawn(join(root, "sandbox", "node"), [...args, ...behind], { cwd: root });
    try {
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      const host = /listening on (127\.0\.0\.1:\d+)/.exec(line.toString())?.[1];
      assert.ok(host);
      assert.equal((await fetch(`http://${host}/v2/`)).status, 401);
      assert.equal((await fetch(`http://${host}/_sandbox/health`)).status, 200);
      child.kill("SIGTERM");
      assert.deepEqual(await once(child, "exit"), [0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

function configOf({ manifests: [first] }: ReturnType<typeof testImage>): string {
  const { config } = JSON.parse(first?.bytes.toString("utf8") ?? "") as { config: { digest: string } };
  return config.digest;
}
