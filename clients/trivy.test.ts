import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../core/errors";
import { withTrivy, type Trivy } from "./trivy";

/** Answers as Trivy does, and notes of each call what it was given. */
const STAND_IN = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
const value = (flag) => args[args.indexOf(flag) + 1];
const config = process.env.DOCKER_CONFIG + "/config.json";
appendFileSync(process.env.NOTES, JSON.stringify({
  args, cwd: process.cwd(), env: process.env,
  config: existsSync(config) ? { ...JSON.parse(readFileSync(config, "utf8")), mode: statSync(config).mode & 0o777 } : null,
}) + "\\n");
if (args[0] === "version") console.log(JSON.stringify({ Version: "0.74.0", VulnerabilityDB: { UpdatedAt: "2026-11-25T00:00:00Z" } }));
else if (args.includes("--download-db-only")) {
  if (process.env.NO_DATABASE) { console.error("FATAL no database"); process.exit(1); }
} else { writeFileSync(value("--output"), process.env.REPORT ?? "{}"); process.exit(Number(process.env.EXIT ?? 0)); }
`;

interface Note {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly config: { auths: Record<string, { auth: string }>; credHelpers?: object; mode: number } | null;
}

describe("Trivy as the gate runs it", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "trivy-test-"));
    writeFileSync(join(folder, "trivy"), STAND_IN);
    chmodSync(join(folder, "trivy"), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const environment = (more: Record<string, string> = {}) => ({
    PATH: folder,
    HOME: folder,
    NOTES: join(folder, "notes"),
    ...more,
  });
  const notes = (): Note[] =>
    readFileSync(join(folder, "notes"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Note);

  function scan<T>(
    work: (trivy: Trivy) => Promise<T>,
    more: Record<string, string> = {},
    database = "ghcr.io/a/db:2",
  ) {
    // Programs are looked for on this process's own PATH.
    const before = process.env["PATH"];
    process.env["PATH"] = folder;
    const options = {
      database,
      ignoreFile: "vulnerabilities: []\n",
      registry: "ghcr.io",
      environment: environment(more),
    };
    return withTrivy(options, work).finally(() => (process.env["PATH"] = before));
  }
  const one = (trivy: Trivy) => trivy.scan({ reference: "ghcr.io/a/b@sha256:1" }, "linux/arm64");

  it("asks for one platform, everything that is found, and exit code 3 for findings", async () => {
    const outcome = await scan(one, { REPORT: '{"a":1}', EXIT: "3" });
    assert.deepEqual(outcome, { exitCode: 3, report: { a: 1 }, output: "" });
    const { args } = notes().at(-1) ?? assert.fail();
    const text = args.join(" ");
    for (const part of [
      "--platform linux/arm64",
      "--exit-code 3",
      "--list-all-pkgs",
      "--show-suppressed",
      "--format json",
    ]) {
      assert.ok(text.includes(part), part);
    }
    assert.ok(!args.includes("--severity") && !args.includes("--ignore-unfixed"), text);
    assert.match(text, /--image-src remote ghcr\.io\/a\/b@sha256:1/);
  });

  it("does not scan where the database can't be had, and says what Trivy said", async () => {
    const [outcome, database] = await scan(async (trivy) => [await one(trivy), trivy.database] as const, {
      NO_DATABASE: "1",
    });
    assert.deepEqual(outcome, { exitCode: 1, report: undefined, output: "FATAL no database" });
    assert.deepEqual(database, { reference: "ghcr.io/a/db:2", updatedAt: null });
    assert.ok(!notes().some(({ args }) => args.includes("--platform")));
  });

  it("keeps databases of different references apart", async () => {
    await scan(one);
    await scan(one, {}, "127.0.0.1:1/a/db:2");
    const folders = notes().map(({ args }) => args[args.indexOf("--cache-dir") + 1]);
    assert.equal(new Set(folders).size, 2);
  });

  it("gives Trivy no variable of its own and no token, and runs it where no file of its own lies", async () => {
    await scan(one, {
      TRIVY_SEVERITY: "LOW",
      GITHUB_TOKEN: "secret",
      GHCR_TOKEN: "secret",
      PULUMI_CONFIG_PASSPHRASE: "secret",
    });
    for (const { env, cwd, args } of notes()) {
      assert.ok(!Object.keys(env).some((name) => name.startsWith("TRIVY_")));
      assert.ok(!Object.values(env).includes("secret") && !args.join(" ").includes("secret"));
      assert.notEqual(cwd, process.cwd());
      assert.ok(!existsSync(cwd), "its folder goes with it");
    }
  });

  it("signs in to the image's registry alone, by a file that nobody else may read, beside what the machine has", async () => {
    const own = join(folder, "own");
    mkdirSync(own);
    const auths = { "mirror.example": { auth: "eDp5" } };
    writeFileSync(
      join(own, "config.json"),
      JSON.stringify({ auths, credHelpers: { "ghcr.io": "x", "other.example": "y" } }),
    );
    await scan(one, { GHCR_TOKEN: "of-the-test", GHCR_USERNAME: "ada", DOCKER_CONFIG: own });
    const auth = Buffer.from("ada:of-the-test").toString("base64");
    assert.deepEqual(notes().at(-1)?.config, {
      auths: { ...auths, "ghcr.io": { auth } },
      credHelpers: { "other.example": "y" },
      mode: 0o600,
    });
  });

  it("leaves the machine's own configuration where the environment has no token", async () => {
    await scan(one, { DOCKER_CONFIG: "/own" });
    assert.equal(notes().at(-1)?.env["DOCKER_CONFIG"], "/own");
  });

  it("is missed in words where it isn't installed", async () => {
    rmSync(join(folder, "trivy"));
    await assert.rejects(scan(one), (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "scanner-missing");
      return true;
    });
  });
});
