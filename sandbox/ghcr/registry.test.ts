import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { testImage, types } from "../../clients/testing/images";
import { digestOf } from "../../clients/registry";
import { PlatformError } from "../../core/errors";
import { startGhcr } from ".";
import { tokens, useGhcr } from "./trial";

const run = promisify(execFile);

describe("the front, like ghcr.io and unlike the registry behind it,", () => {
  const trial = useGhcr();
  const image = testImage({ salt: "manners" });
  before(() => trial.push("acme/app", image, "1.0.0"));

  const codeOf = async (answer: Response): Promise<[number, string | undefined]> => {
    const { errors } = (await answer.json()) as { errors: { code: string }[] };
    return [answer.status, errors[0]?.code];
  };

  it("deletes no manifest and no blob", async () => {
    for (const what of [
      `manifests/${image.index.digest}`,
      "manifests/1.0.0",
      `blobs/${digestOf(image.blobs[0] ?? Buffer.of())}`,
    ]) {
      const answer = await trial.fetch(`/v2/acme/app/${what}`, { method: "DELETE" });
      assert.deepEqual(await codeOf(answer), [405, "UNSUPPORTED"]);
    }
    assert.ok(await trial.as(tokens.alice).resolve("acme/app", "1.0.0"));
  });

  it("has no referrers, and no catalog", async () => {
    assert.equal((await trial.fetch(`/v2/acme/app/referrers/${image.index.digest}`)).status, 404);
    assert.equal((await trial.fetch("/v2/_catalog")).status, 404);
    assert.deepEqual(await trial.as(tokens.alice).referrers("acme/app", image.index.digest as never), []);
  });

  it("doesn't know an index for who doesn't accept one; an image manifest for anyone", async () => {
    const get = (reference: string, accept: string) =>
      trial.fetch(`/v2/acme/app/manifests/${reference}`, { headers: { accept } });
    for (const accept of [types.manifest, "*/*"]) {
      assert.deepEqual(await codeOf(await get("1.0.0", accept)), [404, "MANIFEST_UNKNOWN"]);
    }
    assert.equal((await get("1.0.0", `${types.manifest}, ${types.index};q=0.9`)).status, 200);
    assert.equal((await get(image.manifests[0]?.digest ?? "", "*/*")).status, 200);
    assert.deepEqual(await codeOf(await get("nope", types.index)), [404, "MANIFEST_UNKNOWN"]);
  });

  it("lists a hundred tags at most at once, in order, with a link to the next", async () => {
    const registry = trial.as(tokens.alice);
    const tags = Array.from({ length: 205 }, (_, n) => `t${String(n).padStart(3, "0")}`);
    await trial.push("acme/many", image, "t204");
    for (const tag of [...tags].reverse())
      await registry.putManifest("acme/many", tag, image.index.bytes, types.index);
    const first = await trial.fetch("/v2/acme/many/tags/list?n=1000");
    assert.equal(((await first.json()) as { tags: string[] }).tags.length, 100);
    assert.equal(first.headers.get("link"), '</v2/acme/many/tags/list?last=t099&n=100>; rel="next"');
    assert.deepEqual(await registry.tags("acme/many"), tags);
    const two = await trial.fetch("/v2/acme/many/tags/list?n=2&last=t100");
    assert.deepEqual(((await two.json()) as { tags: string[] }).tags, ["t101", "t102"]);
    const last = await trial.fetch("/v2/acme/many/tags/list?last=t199");
    assert.equal(last.headers.get("link"), null);
  }).timeout(60_000);

  it("says of a package that isn't there that its name is unknown, to who could make it", async () => {
    assert.deepEqual(await codeOf(await trial.fetch("/v2/acme/nothing/tags/list")), [404, "NAME_UNKNOWN"]);
    const foreign = await trial.fetch("/v2/acme/nothing/tags/list", {}, tokens.carol);
    assert.deepEqual(await codeOf(foreign), [403, "DENIED"]);
    assert.equal((await trial.fetch("/v2/nobody/nothing/tags/list")).status, 403);
  });

  it("mounts a blob from a package that the account may read, and begins an upload otherwise", async () => {
    const digest = digestOf(image.blobs[0] ?? Buffer.of());
    const mount = (token: string) =>
      trial.fetch(`/v2/acme/mounted/blobs/uploads/?mount=${digest}&from=acme/app`, { method: "POST" }, token);
    assert.equal((await mount(tokens.bob)).status, 202);
    assert.equal((await mount(tokens.alice)).status, 201);
  });

  it("passes on blobs of any size, uploads in pieces, and parts of blobs", async () => {
    const chunk = Buffer.alloc(1024 * 1024, "b");
    const started = await trial.fetch("/v2/acme/app/blobs/uploads/", { method: "POST" });
    const location = new URL(started.headers.get("location") ?? "");
    const authorization = `Bearer ${Buffer.from(`a:${tokens.alice}`).toString("base64")}`;
    // In pieces, and without a length.
    const upload = request(location, { method: "PATCH", headers: { authorization } });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      upload.once("error", reject).once("response", (response) => resolve(response.resume()));
    });
    const hash = createHash("sha256");
    for (let n = 0; n < 8; n += 1) {
      hash.update(chunk);
      await new Promise((done) => upload.write(chunk, done));
    }
    upload.end();
    const { statusCode, headers } = await answered;
    assert.equal(statusCode, 202);
    const digest = `sha256:${hash.digest("hex")}`;
    const next = new URL(headers.location ?? "");
    next.searchParams.set("digest", digest);
    const done = await trial.fetch(`${next.pathname}${next.search}`, { method: "PUT" });
    assert.equal(done.status, 201);
    const read = await trial.fetch(`/v2/acme/app/blobs/${digest}`, { headers: { range: "bytes=4-7" } });
    assert.deepEqual([read.status, await read.text()], [206, "bbbb"]);
    const whole = await trial.fetch(`/v2/acme/app/blobs/${digest}`);
    assert.equal((await whole.arrayBuffer()).byteLength, 8 * chunk.length);
  });

  it("serves other clients: skopeo copies an image with all platforms, inspects it and can't delete it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ghcr-skopeo-"));
    const authfile = join(folder, "auth.json");
    const auth = Buffer.from(`alice:${tokens.alice}`).toString("base64");
    writeFileSync(authfile, JSON.stringify({ auths: { [trial.host]: { auth } } }), { mode: 0o600 });
    const skopeo = (command: string, ...args: string[]) =>
      run("skopeo", [command, "--authfile", authfile, ...args]);
    try {
      const from = `docker://${trial.host}/acme/app:1.0.0`;
      const to = `docker://${trial.host}/acme/copied/deep:1.0.0`;
      await skopeo(
        "copy",
        "--all",
        "--preserve-digests",
        "--src-tls-verify=false",
        "--dest-tls-verify=false",
        from,
        to,
      );
      assert.deepEqual((await trial.versions("copied/deep"))[image.index.digest], ["1.0.0"]);
      const { stdout } = await skopeo("inspect", "--raw", "--tls-verify=false", to);
      assert.equal(stdout, image.index.bytes.toString("utf8"));
      await assert.rejects(skopeo("delete", "--tls-verify=false", to), /405|unsupported/i);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("tells GitHub's journal what was asked of it, and no token", async () => {
    trial.github.clearJournal();
    await trial.as(tokens.alice).manifest("acme/app", "1.0.0");
    assert.deepEqual(
      trial.github
        .journal()
        .map(({ method, operation, status, login }) => [method, operation, status, login]),
      [
        ["GET", "registry/manifest", 401, undefined],
        ["GET", "registry/token", 200, "alice"],
        ["GET", "registry/manifest", 200, "alice"],
      ],
    );
    assert.equal(JSON.stringify(trial.github.journal()).includes(tokens.alice), false);
  });

  it("listens on the loopback interface only, and answers to no other name", async () => {
    const start = startGhcr({ address: "0.0.0.0", registry: trial.registryHost, github: trial.github.url });
    await assert.rejects(start, (error) => error instanceof PlatformError && error.code === "not-loopback");
    const [hostname, port] = trial.host.split(":");
    const status = await new Promise((resolve, reject) => {
      const asked = request({ host: hostname, port, path: "/v2/", headers: { host: "evil.example" } });
      asked
        .once("response", (response) => resolve(response.resume().statusCode))
        .once("error", reject)
        .end();
    });
    assert.equal(status, 403);
  });
});
