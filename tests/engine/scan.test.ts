import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRegistry, type Registry } from "../../clients/registry";
import { parseGateResult, type Exception, type GateResult } from "../../core/scan";
import { freePort } from "../../sandbox/ports";
import { startRegistry, stopRegistry } from "../../sandbox/registry";
import { publishVulnerabilityDatabase } from "../../sandbox/vulnerability-db";
import { debianFiles, pushTinyImage, type TinyPlatform } from "./tiny-images";
import { run, testToolchain } from "./world";

const checkout = join(__dirname, "..", "..");
const day = 86_400_000;
const dayFromNow = (days: number) => new Date(Date.now() + days * day).toISOString().slice(0, 10);

/** As bookworm's main archive has it, and as its security archive does: facts.json says what lies between. */
const oldExpat = "2.5.0-1+deb12u2";
const newExpat = "2.5.0-1+deb12u5";

describe("ghcr image scan, with the real Trivy and a database of facts", () => {
  let folder: string;
  let registry: Registry;
  let database: string;
  let environment: Record<string, string>;
  before(async () => {
    const toolchain = await testToolchain();
    folder = mkdtempSync(join(tmpdir(), "scan-test-"));
    const binary = toolchain.bin("registry");
    const { host } = await startRegistry({
      dataDir: join(folder, "registry"),
      port: await freePort(),
      binary,
    });
    registry = openRegistry(host);
    database = await publishVulnerabilityDatabase({
      registry: host,
      maker: toolchain.bin("vulnerability-db"),
    });
    environment = { ...toolchain.env(), XDG_CACHE_HOME: join(folder, "cache"), DOCKER_CONFIG: folder };
  });
  after(async () => {
    await stopRegistry(join(folder, "registry"));
    rmSync(folder, { recursive: true, force: true });
  });

  const platform = (architecture: string, expat: string, more: Partial<TinyPlatform> = {}): TinyPlatform => ({
    architecture,
    files: debianFiles(architecture, { "expat/libexpat1": expat, "zlib/zlib1g": "1:1.2.13.dfsg-1" }),
    ...more,
  });

  async function pushed(...platforms: TinyPlatform[]): Promise<string> {
    const digest = await pushTinyImage(registry, "albeorla/scanned", platforms);
    return `${registry.host}/albeorla/scanned@${digest}`;
  }

  interface Outcome {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
  }

  function ghcr(
    args: readonly string[],
    input?: unknown,
    env: Record<string, string> = {},
    command: readonly string[] = ["image", "scan"],
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(join(checkout, "cli", "ghcr"), [...command, ...args], {
        cwd: folder,
        env: { ...process.env, ...environment, ...env },
      });
      const [out, err]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
      child.once("error", reject);
      child.once("close", (code) =>
        resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
      );
      child.stdin.end(input === undefined ? "" : JSON.stringify(input));
    });
  }

  const scan = (image: string, more: Readonly<Record<string, unknown>> = {}) =>
    ghcr(["--input", "-", "--json"], { image, database, ...more });
  const resultIn = ({ out }: Outcome): GateResult => parseGateResult("stdout", JSON.parse(out).result);

  const excepted = (id: string, until: string): Exception => ({
    ...{ id, scope: "pkg:deb/debian/libexpat1", until },
    ...{ owner: "@albeorla/web", reason: "every document is our own" },
  });

  it("blocks an image whichever of its platforms is vulnerable, and lets its mended twin pass", async () => {
    for (const [amd64, arm64] of [
      [oldExpat, newExpat],
      [newExpat, oldExpat],
    ] as const) {
      const { code, err } = await scan(await pushed(platform("amd64", amd64), platform("arm64", arm64)));
      assert.equal(code, 3, err);
      const [bad, good] =
        amd64 === oldExpat ? ["linux/amd64", "linux/arm64"] : ["linux/arm64", "linux/amd64"];
      assert.match(err, new RegExp(`error: ${bad}: blocked: 2 critical or high`));
      assert.match(
        err,
        /CVE-2024-28757 \(high\) in libexpat1 2\.5\.0-1\+deb12u2, fixed in 2\.5\.0-1\+deb12u4/,
      );
      assert.ok(!err.includes(good), err);
    }
    const mended = await scan(await pushed(platform("amd64", newExpat), platform("arm64", newExpat)));
    assert.equal(mended.code, 0, mended.err);
    const { verdict, platforms, scanner } = resultIn(mended);
    assert.equal(verdict, "passed");
    assert.deepEqual(
      platforms.map((each) => [each.platform, each.packages, each.findings.critical, each.fixable.critical]),
      // zlib's is critical, and Debian says that it won't be fixed.
      [
        ["linux/amd64", 2, 1, 0],
        ["linux/arm64", 2, 1, 0],
      ],
    );
    assert.deepEqual(scanner.database, { reference: database, updatedAt: "2026-11-25T00:00:00Z" });
  });

  it("scans again what an environment runs, and tells in an issue what is known of it by now", async () => {
    const running = ["--environments", "production", "--repository", "albeorla/ghcr-platform", "--dry-run"];
    const rescan = async (expat: string) => {
      const [, digest = ""] = (await pushed(platform("amd64", expat), platform("arm64", newExpat))).split(
        "@",
      );
      const { bytes, mediaType } = await registry.manifest("albeorla/scanned", digest);
      await registry.putManifest("albeorla/scanned", "production", bytes, mediaType);
      const image = ["--owner", "albeorla", "--registry", registry.host, "--services", "scanned"];
      return ghcr([...image, ...running, "--database", database], undefined, {}, ["rescan"]);
    };
    const found = await rescan(oldExpat);
    assert.equal(found.code, 0, found.err);
    assert.match(
      found.out,
      /\n- high `CVE-2024-28757` in `libexpat1` `2\.5\.0-1\+deb12u2`, fixed in `2\.5\.0-1\+deb12u4` \(`linux\/amd64`\)/,
    );
    const mended = await rescan(newExpat);
    assert.match(mended.out, /scanned +production +sha256:\w{12} +passes\n\nno issue/, mended.err);
  });

  it("blocks what comes out of npm as well", async () => {
    const lodash = JSON.stringify({ name: "lodash", version: "4.17.20" });
    const files = { ...platform("amd64", newExpat).files, "app/node_modules/lodash/package.json": lodash };
    const { code, err } = await scan(await pushed({ architecture: "amd64", files }));
    assert.equal(code, 3, err);
    assert.match(err, /CVE-2021-23337 \(high\) in lodash 4\.17\.20, fixed in 4\.17\.21/);
  });

  it("lets a vulnerability pass until the day that its exception ends, says so, and blocks it after", async () => {
    const image = await pushed(platform("amd64", oldExpat));
    const ledger = (until: string) => [
      excepted("CVE-2024-28757", until),
      excepted("CVE-2025-59375", dayFromNow(99)),
    ];
    const today = await scan(image, { exceptions: ledger(dayFromNow(0)) });
    assert.equal(today.code, 0, today.err);
    assert.match(today.err, /notice: the exception for CVE-2024-28757 .* ends today/);
    const { exceptions, platforms } = resultIn(today);
    assert.deepEqual(
      exceptions.map(({ id }) => id),
      ["CVE-2024-28757", "CVE-2025-59375"],
    );
    assert.equal(platforms[0]?.excepted, 2);

    const over = await scan(image, { exceptions: ledger(dayFromNow(-1)) });
    assert.equal(over.code, 3, over.err);
    assert.match(
      over.err,
      /blocked: 1 critical.*CVE-2024-28757.*its exception of @albeorla\/web ended after/,
    );
  });

  it("keeps an exception to its package, and reports one that matches nothing", async () => {
    const other = { ...excepted("CVE-2024-28757", dayFromNow(99)), scope: "pkg:deb/debian/zlib1g" };
    const { code, err } = await scan(await pushed(platform("amd64", oldExpat)), { exceptions: [other] });
    assert.equal(code, 3, err);
    assert.match(
      err,
      /notice: the exception for CVE-2024-28757 \(pkg:deb\/debian\/zlib1g, .* matches nothing/,
    );
  });

  it("ignores what a folder, a variable or another ledger would have Trivy ignore", async () => {
    writeFileSync(join(folder, ".trivyignore"), "CVE-2024-28757\nCVE-2025-59375\n");
    writeFileSync(join(folder, "trivy.yaml"), "severity: [LOW]\n");
    const variables = {
      TRIVY_IGNOREFILE: join(folder, ".trivyignore"),
      TRIVY_SEVERITY: "LOW",
      TRIVY_SKIP_DIRS: "/var",
    };
    const image = await pushed(platform("amd64", oldExpat));
    const { code, err } = await ghcr(["--image", image, "--database", database], undefined, variables);
    assert.equal(code, 3, err);
    assert.match(err, /blocked: 2 critical or high/);
  });

  it("blocks, with a clear error, where the database can't be reached", async () => {
    const dead = `127.0.0.1:${await freePort()}/fixtures/trivy-db:2`;
    const image = await pushed(platform("amd64", newExpat));
    const { code, err } = await ghcr(["--image", image, "--database", dead]);
    assert.equal(code, 1, err);
    assert.match(err, new RegExp(`linux/amd64: not scanned: .*without the vulnerability database ${dead}`));
    assert.match(err, /connection refused/);
    assert.match(err, /fix: see that the database can be reached/);
  });

  it("takes no database for another: one that could be had before doesn't stand in for one that can't", async () => {
    const image = await pushed(platform("amd64", newExpat));
    assert.equal((await scan(image)).code, 0);
    assert.equal(
      (await scan(image, { database: `127.0.0.1:${await freePort()}/fixtures/trivy-db:2` })).code,
      1,
    );
  });

  it("blocks an image without packages, unless the service says why there are none", async () => {
    const image = await pushed({ architecture: "amd64", files: { "app/run": "static" } });
    const { code, err } = await scan(image);
    assert.equal(code, 1, err);
    assert.match(err, /not scanned: no packages of an operating system/);
    const said = await scan(image, { staticImage: "one static binary" });
    assert.equal(said.code, 0, said.err);
    assert.equal(resultIn(said).staticImage, "one static binary");
  });

  it("blocks an image that is for another architecture than it is listed for", async () => {
    const lying = platform("arm64", newExpat, { claims: "amd64" });
    const { code, err } = await scan(await pushed(platform("amd64", newExpat), lying));
    assert.equal(code, 1, err);
    assert.match(err, /linux\/arm64: not scanned: the image is for linux\/amd64/);
  });

  it("lets a blocked image through where someone breaks the glass, and records who and why", async () => {
    const image = await pushed(platform("amd64", oldExpat));
    const args = [
      "--image",
      image,
      "--database",
      database,
      "--json",
      "--break-glass",
      "--reason",
      "production is down",
    ];
    const forced = await ghcr(args, undefined, { GITHUB_ACTOR: "ada" });
    assert.equal(forced.code, 0, forced.err);
    const { verdict, breakGlass } = resultIn(forced);
    assert.deepEqual([verdict, breakGlass], ["forced", { by: "ada", reason: "production is down" }]);
  });

  it("scans a layout, one platform of it too, and leaves reports and a summary", async () => {
    const image = await pushed(platform("amd64", newExpat), platform("arm64", oldExpat));
    const layout = join(folder, "layout");
    run("skopeo", [
      "copy",
      "--quiet",
      "--all",
      "--src-tls-verify=false",
      `docker://${image}`,
      `oci:${layout}:x`,
    ]);
    const args = ["--input-layout", layout, "--database", database];
    const reports = join(folder, "reports");
    const summary = join(folder, "summary.md");
    const both = await ghcr([...args, "--reports", reports, "--summary", summary]);
    assert.equal(both.code, 3, both.err);
    assert.match(both.err, /^error: linux\/arm64: blocked: 2/m);
    assert.equal((await ghcr([...args, "--platforms", "linux/amd64"])).code, 0);

    for (const slug of ["linux-amd64", "linux-arm64"])
      assert.ok(existsSync(join(reports, `${slug}.json`)), slug);
    const sarif = JSON.parse(readFileSync(join(reports, "linux-arm64.sarif"), "utf8")) as {
      version: string;
      runs: { results: { ruleId: string }[] }[];
    };
    assert.equal(sarif.version, "2.1.0");
    assert.ok(sarif.runs[0]?.results.some(({ ruleId }) => ruleId === "CVE-2024-28757"));
    const kept = parseGateResult(
      "file",
      JSON.parse(readFileSync(join(reports, "gate-result.linux-amd64+linux-arm64.json"), "utf8")),
    );
    assert.equal(kept.verdict, "blocked");
    assert.match(
      readFileSync(summary, "utf8"),
      /^### .* does not pass\n\n\| platform \|.*\n[^]*linux\/arm64/,
    );
  });

  it("shows no token to other users of the machine or to the scanner, and leaves none behind", async () => {
    const image = await pushed(platform("amd64", newExpat));
    const token = "ghp_of_this_test";
    const temporary = mkdtempSync(join(folder, "tmp-"));
    const { code, out, err } = await ghcr(["--image", image, "--database", database], undefined, {
      GHCR_TOKEN: token,
      TMPDIR: temporary,
    });
    assert.equal(code, 0, err);
    assert.ok(!`${out}${err}`.includes(token));
    assert.equal(run("find", [temporary, "-name", "config.json"]), "");
  });
});
