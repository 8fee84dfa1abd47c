import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PlatformError } from "../core/errors";
import type { Digest } from "../core/names";
import { parseChallenge } from "./registry-auth";
import { RegistryError } from "./registry-error";
import { digestOf, openRegistry } from "./registry";
import type { Registry } from "./registry";
import type { TransportOptions } from "./registry-transport";
import { FakeRegistry } from "./testing/fake-registry";
import type { FakeRegistryOptions } from "./testing/fake-registry";

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const REPOSITORY = "albeorla/todost";
const PASSWORD = "pa55word-of-the-test";

describe("the registry client", () => {
  let fake: FakeRegistry;
  let registry: Registry;

  async function start(options: FakeRegistryOptions = {}, client: TransportOptions = {}): Promise<void> {
    fake = await new FakeRegistry(options).start();
    registry = openRegistry(fake.host, { retryPauseMs: 1, ...client });
  }

  afterEach(() => fake.stop());

  describe("reads", () => {
    it("resolves a tag to digest, media type and size without reading the manifest", async () => {
      await start();
      const digest = fake.put(REPOSITORY, "latest", INDEX, { manifests: [] });
      assert.deepEqual(await registry.resolve(REPOSITORY, "latest"), { digest, mediaType: INDEX, size: 16 });
      assert.deepEqual(fake.journal, [`HEAD /v2/${REPOSITORY}/manifests/latest`]);
    });

    it("resolves by reading where the registry leaves the digest out of the header", async () => {
      await start({ noDigestHeader: true });
      const digest = fake.put(REPOSITORY, "latest", INDEX, { manifests: [] });
      assert.deepEqual(await registry.resolve(REPOSITORY, "latest"), { digest, mediaType: INDEX, size: 16 });
    });

    it("resolves what isn't there to undefined and throws for its manifest", async () => {
      await start();
      assert.equal(await registry.resolve(REPOSITORY, "latest"), undefined);
      await assert.rejects(registry.manifest(REPOSITORY, "latest"), (error: RegistryError) => {
        assert.ok(error instanceof RegistryError);
        assert.equal(error.isNotFound, true);
        assert.equal(error.code, "MANIFEST_UNKNOWN");
        return true;
      });
    });

    it("refuses an answer about another digest than it asked for", async () => {
      await start();
      const digest = fake.put(REPOSITORY, "latest", INDEX, {});
      const headers = { "docker-content-digest": digestOf(Buffer.from("other")), "content-type": INDEX };
      fake.faults.push({ on: /HEAD/, status: 200, headers }, { on: /PUT/, status: 201, headers });
      await assert.rejects(registry.resolve(REPOSITORY, digest), { code: "DIGEST_MISMATCH" });
      await assert.rejects(registry.putManifest(REPOSITORY, "latest", Buffer.from("{}"), INDEX), {
        code: "DIGEST_MISMATCH",
      });
    });

    it("gives a manifest's own bytes with what they say", async () => {
      await start();
      const text = '{ "schemaVersion":2 }\n';
      const digest = fake.put(REPOSITORY, "latest", MANIFEST, text);
      const read = await registry.manifest(REPOSITORY, digest);
      assert.equal(Buffer.from(read.bytes).toString(), text);
      assert.deepEqual(read.json, { schemaVersion: 2 });
      assert.equal(read.mediaType, MANIFEST);
    });

    it("refuses a manifest and a config whose bytes aren't those of the digest", async () => {
      await start();
      const digest = fake.put(REPOSITORY, "latest", MANIFEST, { schemaVersion: 2 });
      const config = fake.putBlob(REPOSITORY, { os: "linux" }) as Digest;
      const tamper = () => Buffer.from('{"os":"other"}');
      fake.faults.push({ on: /GET/, times: 3, tamper });
      await assert.rejects(registry.manifest(REPOSITORY, digest), { code: "DIGEST_MISMATCH" });
      await assert.rejects(registry.manifest(REPOSITORY, "latest"), { code: "DIGEST_MISMATCH" });
      await assert.rejects(registry.config(REPOSITORY, config), { code: "DIGEST_MISMATCH" });
      assert.deepEqual(await registry.config(REPOSITORY, config), { os: "linux" });
    });

    it("says whether a blob is there", async () => {
      await start();
      const digest = fake.putBlob(REPOSITORY, "layer") as Digest;
      assert.equal(await registry.blobExists(REPOSITORY, digest), true);
      assert.equal(await registry.blobExists(REPOSITORY, digestOf(Buffer.from("other"))), false);
    });

    it("collects every page of tags in order", async () => {
      await start({ pageSize: 3 });
      const tags = Array.from({ length: 8 }, (_, number) => `v${number}`);
      for (const tag of tags) fake.put(REPOSITORY, tag, INDEX, {});
      assert.deepEqual(await registry.tags(REPOSITORY), tags);
      assert.equal(fake.journal.length, 3);
    });

    it("ends when a page of tags leads back to itself", async () => {
      await start();
      const link = `</v2/${REPOSITORY}/tags/list?n=100>; rel="next"`;
      fake.faults.push({ on: /tags/, times: 9, status: 200, headers: { link }, body: '{"tags":["a"]}' });
      await assert.rejects(registry.tags(REPOSITORY), { code: "PAGING_LOOP" });
    });

    it("refuses a body that is longer than any manifest", async () => {
      await start();
      fake.faults.push({ on: /GET/, status: 200, body: " ".repeat(9 * 1024 * 1024) });
      await assert.rejects(registry.manifest(REPOSITORY, "latest"), { code: "BODY_TOO_LARGE" });
    });
  });

  describe("referrers", () => {
    const artifactType = "application/vnd.example.sbom";

    it("come from the API where there is one", async () => {
      await start({ referrersApi: true });
      const subject = fake.put(REPOSITORY, "latest", INDEX, {}) as Digest;
      const digest = fake.put(REPOSITORY, "sbom", MANIFEST, { artifactType, subject: { digest: subject } });
      const found = await registry.referrers(REPOSITORY, subject);
      assert.deepEqual(
        found.map((entry) => [entry.digest, entry.artifactType]),
        [[digest, artifactType]],
      );
    });

    it("come from the fallback tag where there is no API, and are none where there is no such tag", async () => {
      await start();
      const subject = fake.put(REPOSITORY, "latest", INDEX, {}) as Digest;
      assert.deepEqual(await registry.referrers(REPOSITORY, subject), []);
      const entry = { digest: subject, mediaType: MANIFEST, size: 7, artifactType, annotations: { a: "b" } };
      const broken = { digest: "sha256:short", mediaType: MANIFEST, size: 1 };
      fake.put(REPOSITORY, subject.replace(":", "-"), INDEX, { manifests: [entry, broken] });
      assert.deepEqual(await registry.referrers(REPOSITORY, subject), [entry]);
    });
  });

  describe("writes", () => {
    it("put the same bytes under a tag or their digest", async () => {
      await start();
      const bytes = Buffer.from('{"schemaVersion":2}');
      const digest = digestOf(bytes);
      assert.equal(await registry.putManifest(REPOSITORY, "latest", bytes, INDEX), digest);
      assert.equal(await registry.putManifest(REPOSITORY, digest, bytes, INDEX), digest);
      assert.equal(fake.tag(REPOSITORY, "latest"), digest);
    });

    it("don't send bytes under a digest that isn't theirs", async () => {
      await start();
      const other = digestOf(Buffer.from("other"));
      await assert.rejects(registry.putManifest(REPOSITORY, other, Buffer.from("{}"), INDEX), {
        code: "DIGEST_MISMATCH",
      });
      assert.deepEqual(fake.journal, []);
    });

    it("pass the registry's refusal on with its code", async () => {
      await start();
      fake.faults.push({
        on: /PUT/,
        status: 400,
        body: '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}',
      });
      await assert.rejects(registry.putManifest(REPOSITORY, "latest", Buffer.from("{}"), INDEX), {
        name: "RegistryError",
        status: 400,
        code: "MANIFEST_BLOB_UNKNOWN",
        message: `PUT /v2/${REPOSITORY}/manifests/latest: 400 MANIFEST_BLOB_UNKNOWN: blob unknown to registry`,
      });
    });
  });

  describe("sign-in", () => {
    const credentials = () => ({ username: "octo", password: PASSWORD });
    const bearer = { auth: "bearer", username: "octo", password: PASSWORD } as const;

    it("gets a token for each scope once and uses it again", async () => {
      await start(bearer, { credentials });
      fake.put(REPOSITORY, "latest", INDEX, "{}");
      await registry.resolve(REPOSITORY, "latest");
      await registry.resolve(REPOSITORY, "latest");
      await registry.putManifest(REPOSITORY, "next", Buffer.from("{}"), INDEX);
      const scopes = fake.journal.flatMap(
        (line) => /scope=([^&]*)/.exec(decodeURIComponent(line))?.[1] ?? [],
      );
      assert.deepEqual(scopes, [`repository:${REPOSITORY}:pull`, `repository:${REPOSITORY}:pull,push`]);
    });

    it("gets a new token when the registry no longer takes the old one", async () => {
      await start(bearer, { credentials });
      fake.put(REPOSITORY, "latest", INDEX, "{}");
      await registry.resolve(REPOSITORY, "latest");
      fake.expireTokens();
      assert.notEqual(await registry.resolve(REPOSITORY, "latest"), undefined);
    });

    it("sends the credentials themselves where the registry asks for Basic", async () => {
      await start({ ...bearer, auth: "basic" }, { credentials });
      fake.put(REPOSITORY, "latest", INDEX, "{}");
      assert.notEqual(await registry.resolve(REPOSITORY, "latest"), undefined);
    });

    it("names what to do when there are no credentials, and when they don't suffice", async () => {
      await start({ ...bearer, readOnly: true });
      await assert.rejects(registry.resolve(REPOSITORY, "latest"), (error: PlatformError) => {
        assert.equal(error.code, "registry-denied");
        assert.match(error.message, /needs a sign-in to pull, and there are no credentials for 127/);
        assert.match(error.message, /GHCR_TOKEN to a token with read:packages/);
        return true;
      });
      const signedIn = openRegistry(fake.host, { credentials });
      await assert.rejects(
        signedIn.putManifest(REPOSITORY, "latest", Buffer.from("{}"), INDEX),
        /registry-?.*the credentials may not push to albeorla\/todost[\s\S]*write:packages/,
      );
    });

    it("keeps password and token out of errors", async () => {
      await start(bearer, { credentials });
      const leak = () =>
        JSON.stringify({ errors: [{ code: "ODD", message: fake.authorizations.join(" ") }] });
      fake.put(REPOSITORY, "latest", INDEX, "{}");
      await registry.resolve(REPOSITORY, "latest");
      fake.faults.push({ on: /GET/, status: 400, body: `${leak()}` });
      await assert.rejects(registry.manifest(REPOSITORY, "latest"), (error: RegistryError) => {
        assert.equal(error.code, "ODD");
        assert.match(error.message, /\[secret\]/);
        const basic = Buffer.from(`octo:${PASSWORD}`).toString("base64");
        for (const secret of [PASSWORD, basic, ...fake.authorizations.map((header) => header.slice(7))]) {
          if (secret !== "") assert.equal(error.message.includes(secret), false);
        }
        return true;
      });
    });

    it("doesn't send credentials to a token service in the clear", async () => {
      await start(bearer, { credentials });
      const challenge = { "www-authenticate": 'Bearer realm="http://tokens.example.com/token"' };
      fake.faults.push({ on: /HEAD/, status: 401, headers: challenge });
      await assert.rejects(registry.resolve(REPOSITORY, "latest"), { code: "INSECURE_ADDRESS" });
    });

    it("reads challenges in any order, quoted or not", () => {
      const { scheme, parameters } = parseChallenge(
        'bearer service=ghcr.io, Realm="https://a/\\"t\\"",scope="a,b"',
      );
      assert.equal(scheme, "bearer");
      assert.deepEqual(Object.fromEntries(parameters), {
        service: "ghcr.io",
        realm: 'https://a/"t"',
        scope: "a,b",
      });
      assert.equal(parseChallenge("").scheme, "");
    });
  });

  describe("faults on the way", () => {
    it("tries again after 429, 503 and a broken connection, also for a push", async () => {
      await start();
      fake.faults.push({ on: /PUT/, status: 429, headers: { "retry-after": "0" } });
      fake.faults.push({ on: /PUT/, status: 503 }, { on: /PUT/, status: 0 });
      await registry.putManifest(REPOSITORY, "latest", Buffer.from("{}"), INDEX);
      assert.equal(fake.journal.length, 4);
    });

    it("waits as long as the registry asks", async () => {
      const pauses: number[] = [];
      await start({}, { pause: async (ms) => void pauses.push(ms) });
      fake.put(REPOSITORY, "latest", INDEX, "{}");
      fake.faults.push({ on: /HEAD/, status: 429, headers: { "retry-after": "7" } });
      await registry.resolve(REPOSITORY, "latest");
      assert.deepEqual(pauses, [7000]);
    });

    it("doesn't wait for a registry that asks for hours", async () => {
      await start();
      fake.faults.push({ on: /HEAD/, status: 429, times: 9, headers: { "retry-after": "7200" } });
      await assert.rejects(registry.resolve(REPOSITORY, "latest"), { name: "RegistryError", status: 429 });
      assert.equal(fake.journal.length, 1);
    });

    it("gives up after its retries with the registry's last answer", async () => {
      await start({}, { retries: 2 });
      fake.faults.push({ on: /GET/, status: 502, times: 9, body: "<html>bad gateway</html>" });
      await assert.rejects(registry.manifest(REPOSITORY, "latest"), {
        status: 502,
        message: `GET /v2/${REPOSITORY}/manifests/latest: 502 UNKNOWN: <html>bad gateway</html>`,
      });
      assert.equal(fake.journal.length, 3);
    });

    it("gives up on a registry that doesn't answer in time, naming it", async () => {
      await start({}, { timeoutMs: 50, retries: 1 });
      const silent = createServer(() => {});
      await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
      const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const client = openRegistry(host, { timeoutMs: 50, retries: 1, retryPauseMs: 1 });
      await assert.rejects(client.tags(REPOSITORY), (error: PlatformError) => {
        assert.equal(error.code, "registry-unreachable");
        assert.match(error.message, new RegExp(`registry ${host}: .*no answer in time`));
        return true;
      });
      silent.closeAllConnections();
      silent.close();
    });

    it("says at once that nobody listens", async () => {
      await start();
      const { host } = fake;
      await fake.stop();
      await assert.rejects(openRegistry(host).tags(REPOSITORY), (error: PlatformError) => {
        assert.ok(error instanceof PlatformError);
        assert.match(error.message, /can't be reached \(ECONNREFUSED\)/);
        return true;
      });
      await start();
    });

    it("follows a blob to its storage without taking the token there", async () => {
      await start(
        { auth: "basic", username: "octo", password: PASSWORD },
        {
          credentials: () => ({ username: "octo", password: PASSWORD }),
        },
      );
      const storage = await new FakeRegistry().start();
      const digest = storage.putBlob(REPOSITORY, { os: "linux" }) as Digest;
      const location = `http://${storage.host}/v2/${REPOSITORY}/blobs/${digest}?signature=s`;
      fake.faults.push({ on: /blobs/, status: 401, headers: { "www-authenticate": "Basic" } });
      fake.faults.push({ on: /blobs/, status: 307, headers: { location } });
      assert.deepEqual(await registry.config(REPOSITORY, digest), { os: "linux" });
      assert.deepEqual(storage.authorizations, [""]);
      await storage.stop();
    });

    it("doesn't follow a redirect to plain http elsewhere", async () => {
      await start();
      const digest = fake.putBlob(REPOSITORY, "{}") as Digest;
      fake.faults.push({ on: /blobs/, status: 307, headers: { location: "http://storage.example.com/x" } });
      await assert.rejects(registry.config(REPOSITORY, digest), {
        code: "INSECURE_ADDRESS",
        message: /refers to http:\/\/storage.example.com$/,
      });
    });
  });
});
