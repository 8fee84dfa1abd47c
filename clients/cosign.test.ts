import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../core/errors";
import { withCosign, type Cosign, type Trust } from "./cosign";

/** Answers as cosign does, and notes of each call what it was given. */
const STAND_IN = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
const after = (flag) => args[args.indexOf(flag) + 1];
const config = process.env.DOCKER_CONFIG + "/config.json";
appendFileSync(process.env.NOTES, JSON.stringify({
  args, env: process.env,
  config: existsSync(config) ? JSON.parse(readFileSync(config, "utf8")) : null,
  predicate: args.includes("--predicate") ? JSON.parse(readFileSync(after("--predicate"), "utf8")) : null,
}) + "\\n");
if (args[0] === "signing-config") writeFileSync(after("--out"), "{}");
else if (args[0] === "public-key") console.log("-----BEGIN PUBLIC KEY-----");
else if (process.env.FAILS) { console.error("Error: first\\nerror during command execution: " + process.env.FAILS); process.exit(10); }
else if (args[0] === "verify") {
  const types = (process.env.TYPES ?? "https://slsa.dev/provenance/v1,https://sigstore.dev/cosign/sign/v1").split(",");
  console.log(JSON.stringify(types.map((type) => ({ critical: { type } }))));
} else if (args[0] === "verify-attestation") {
  console.log("not JSON");
  console.log(JSON.stringify({ payload: Buffer.from('{"a":1}').toString("base64") }));
}
`;

interface Note {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly config: { readonly auths: object } | null;
  readonly predicate: unknown;
}

describe("cosign as the platform runs it", () => {
  const reference = `ghcr.io/albeorla/todost@sha256:${"a".repeat(64)}`;
  let folder: string;
  let program: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cosign-test-"));
    program = join(folder, "cosign");
    writeFileSync(program, STAND_IN, { mode: 0o755 });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function use<T>(work: (cosign: Cosign) => Promise<T>, more: Record<string, string> = {}): Promise<T> {
    const environment = { PATH: process.env["PATH"] ?? "", NOTES: join(folder, "notes"), ...more };
    return withCosign({ program, registry: "ghcr.io", environment }, work);
  }
  const notes = (): Note[] =>
    readFileSync(join(folder, "notes"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Note);
  const keyed: Trust = { key: "cosign.pub" };

  it("looks for a key's signature without a log, and for a certificate's with one", async () => {
    const identity = { identity: "^https://github\\.com/a", issuer: "https://issuer.example.com" };
    for (const trust of [keyed, identity])
      assert.deepEqual(await use((cosign) => cosign.verify(trust, reference)), { kind: "verified" });
    assert.deepEqual(
      notes().map(({ args }) => args),
      [
        ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog=true", reference],
        [
          ...["verify", "--certificate-identity-regexp", identity.identity],
          ...["--certificate-oidc-issuer", identity.issuer, reference],
        ],
      ],
    );
  });

  it("takes no attestation for a signature, as cosign itself does", async () => {
    const verify = (TYPES: string) => use((cosign) => cosign.verify(keyed, reference), { TYPES });
    assert.equal((await verify("https://slsa.dev/provenance/v1")).kind, "failed");
    assert.equal((await verify("cosign container image signature")).kind, "verified");
  });

  it("gives the statements whose signature was verified, and none where none was", async () => {
    const found = await use((cosign) => cosign.verifyProvenance(keyed, reference));
    assert.deepEqual(found, { verdict: { kind: "verified" }, statements: [{ a: 1 }] });
    const none = await use((cosign) => cosign.verifyProvenance(keyed, reference), { FAILS: "no match" });
    assert.deepEqual(none.statements, []);
    assert.deepEqual(none.verdict, { kind: "failed", why: "error during command execution: no match" });
  });

  it("takes nothing for verified that nobody looked at", async () => {
    const nobody = await use((cosign) => cosign.verify({ identity: "a" }, reference));
    assert.equal(nobody.kind, "unverifiable");
    program = join(folder, "none");
    const missing = await use((cosign) => cosign.verify(keyed, reference));
    assert.deepEqual(missing, { kind: "unverifiable", why: `${program} is not installed` });
  });

  it("signs with a key and tells no service elsewhere, and without one by the machine's identity", async () => {
    const key = { kind: "key", key: "env://SIGNING" } as const;
    await use((cosign) => cosign.sign(key, reference));
    await use((cosign) => cosign.attestProvenance({ kind: "keyless" }, reference, { built: "here" }));
    const [config, sign, attest] = notes();
    const offline = config?.args.at(-1);
    assert.deepEqual(config?.args.slice(0, 3), ["signing-config", "create", "--out"]);
    assert.deepEqual(sign?.args, [
      ...["sign", "--yes", "--key", "env://SIGNING", "--signing-config", offline, reference],
    ]);
    assert.deepEqual(attest?.args.slice(0, 4), ["attest", "--yes", "--type", "slsaprovenance1"]);
    assert.ok(!attest?.args.includes("--key"));
    assert.deepEqual(attest?.predicate, { built: "here" });
    assert.ok(!existsSync(String(offline)));
  });

  it("signs in to the image's registry by a file that is gone afterwards, and hands no token on", async () => {
    const secrets = { GHCR_TOKEN: "s3cret", GITHUB_TOKEN: "s3cret", PULUMI_ACCESS_TOKEN: "s3cret" };
    await use((cosign) => cosign.verify(keyed, reference), { ...secrets, COSIGN_PASSWORD: "kept" });
    const [{ env, config, args } = assert.fail()] = notes();
    assert.deepEqual(Object.keys(config?.auths ?? {}), ["ghcr.io"]);
    assert.ok(!existsSync(env["DOCKER_CONFIG"] ?? assert.fail()));
    assert.ok(!JSON.stringify([env, args]).includes("s3cret"));
    assert.equal(env["COSIGN_PASSWORD"], "kept");
  });

  it("says why signing failed", async () => {
    const signing = use((cosign) => cosign.sign({ kind: "keyless" }, reference), { FAILS: "no token" });
    await assert.rejects(signing, (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "signing-failed");
      assert.match(error.message, /no token/);
      return true;
    });
  });
});
