import assert from "node:assert/strict";
import { createVerify, generateKeyPairSync } from "node:crypto";
import { PlatformError } from "../core/errors";
import { installationToken } from "./app-token";

const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const app = { id: "123", installationId: "456", key };
const hour = 3_600_000;

/** GitHub's side: what is asked, and a new token for each time. */
function github(now: () => number) {
  const asked: { path: string; claims: Record<string, unknown>; signed: boolean }[] = [];
  const answer: typeof fetch = async (url, init) => {
    const { authorization = "" } = init?.headers as Record<string, string>;
    const [head = "", body = "", signature = ""] = authorization.replace("Bearer ", "").split(".");
    asked.push({
      path: new URL(String(url)).pathname,
      claims: JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>,
      signed: createVerify("RSA-SHA256").update(`${head}.${body}`).verify(publicKey, signature, "base64url"),
    });
    const end = new Date(now() + hour).toISOString();
    return Response.json({ token: `installation-token-${asked.length}`, expires_at: end }, { status: 201 });
  };
  return { asked, fetch: answer };
}

describe("a GitHub App's installation token", () => {
  it("is asked for with what the app's key signed, and kept as long as it lasts", async () => {
    let now = Date.parse("2026-11-28T12:00:00Z");
    const clock = { now: () => now, pause: async () => undefined };
    const side = github(() => now);
    const token = installationToken("https://api.github.test/", app, { clock, fetch: side.fetch });
    assert.deepEqual(await Promise.all([token(), token()]), ["installation-token-1", "installation-token-1"]);
    const seconds = now / 1_000;
    assert.deepEqual(side.asked, [
      {
        path: "/app/installations/456/access_tokens",
        claims: { iat: seconds - 60, exp: seconds + 540, iss: "123" },
        signed: true,
      },
    ]);
    now += hour - 6 * 60_000;
    assert.equal(await token(), "installation-token-1");
    now += 2 * 60_000;
    assert.equal(await token(), "installation-token-2");
  });

  it("is refused for a key that is none, without the key in the message", async () => {
    const token = installationToken("https://api.github.test/", { ...app, key: "hunter2-key" });
    await assert.rejects(token(), (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "invalid-app-key");
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
  });
});
