import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlatformError } from "../core/errors";
import { registryCredentials } from "./credentials";

describe("registry credentials", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "docker-config-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const given = (host: string, environment: Record<string, string>) =>
    registryCredentials(host, { DOCKER_CONFIG: folder, ...environment });

  it("come from GHCR_USERNAME and GHCR_TOKEN first, then from what a workflow has", () => {
    const workflow = { GITHUB_ACTOR: "octo", GITHUB_TOKEN: "t1" };
    assert.deepEqual(given("ghcr.io", workflow), { username: "octo", password: "t1" });
    assert.deepEqual(given("ghcr.io", { ...workflow, GHCR_USERNAME: "me", GHCR_TOKEN: "t2" }), {
      username: "me",
      password: "t2",
    });
    assert.deepEqual(given("ghcr.io", { GHCR_TOKEN: "t2" })?.password, "t2");
  });

  it("of the environment go to ghcr.io, this machine and the host that is named, and nowhere else", () => {
    const environment = { GHCR_USERNAME: "me", GHCR_TOKEN: "t2", GITHUB_TOKEN: "t1" };
    assert.notEqual(given("127.0.0.1:18481", environment), undefined);
    assert.equal(given("registry.example.com", environment), undefined);
    assert.equal(given("ghcr.io.example.com", environment), undefined);
    assert.equal(given("127.0.0.1.example.com", environment), undefined);
    assert.notEqual(
      given("registry.example.com", { ...environment, GHCR_REGISTRY: "registry.example.com" }),
      undefined,
    );
  });

  it("come from Docker's configuration for the very host, a password with colons whole", () => {
    const auth = Buffer.from("me:pass:with:colons").toString("base64");
    const auths = {
      "ghcr.io": { auth },
      "https://other.example.com": { username: "u", password: "p" },
      empty: {},
    };
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths }));
    assert.deepEqual(given("ghcr.io", {}), { username: "me", password: "pass:with:colons" });
    assert.deepEqual(given("other.example.com", {}), { username: "u", password: "p" });
    assert.equal(given("empty", {}), undefined);
    assert.equal(given("elsewhere.example.com", {}), undefined);
  });

  it("are none where there is nothing", () => {
    assert.equal(given("ghcr.io", { GHCR_TOKEN: "" }), undefined);
  });

  it("don't quote a broken configuration, which holds passwords", () => {
    writeFileSync(join(folder, "config.json"), '{"auths": {"ghcr.io": {"password": "s3cret"');
    assert.throws(
      () => given("ghcr.io", {}),
      (error: PlatformError) => {
        assert.equal(error.code, "docker-config-broken");
        assert.doesNotMatch(error.message, /s3cret/);
        return true;
      },
    );
  });
});
