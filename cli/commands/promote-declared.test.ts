import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../core/names";
import type { PromotionRules } from "../../core/promotion";
import { repository, stages, useWorld } from "../testing/promotion-world";
import { Scanner } from "../testing/scanner";

const day = 86_400_000;

/** As `promote.yml` has them of a service. */
function rulesOf(changes: Partial<PromotionRules["environments"][number]> = {}): PromotionRules {
  return {
    environments: stages.map((name) => ({
      ...{ name, githubName: `todost-${name}`, maxScanAge: 7, require: [] },
      ...changes,
    })),
    scan: {},
  };
}

describe("ghcr promote, by what a service declares", function () {
  this.timeout(120_000);
  const world = useWorld();
  let scanner: Scanner;
  before(() => (scanner = new Scanner()));
  after(() => scanner.end());

  it("takes the order, the age and the names on GitHub from the rules, on standard input or in a file", async () => {
    const old = await world.publish("rules", "passed", new Date(Date.now() - 8 * day));
    const refused = await promote(rulesOf(), "--to", "development", "--digest", old);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /counts for 7 days/);
    const file = join(world.folder, "rules.json");
    writeFileSync(file, JSON.stringify(rulesOf({ maxScanAge: 30 })));
    const told = ["--repository", "acme/todost", "--github-url", `${world.trial.github.url}/api/v3/`];
    const moved = await world.ghcr(
      ...["promote", world.image, "--rules", file, "--to", "development", "--digest", old],
      ...["--by", "ann", "--reason", "week 48", ...told],
    );
    assert.equal(moved.code, 0, moved.err);
    const { data } = await world.trial
      .octokit(world.environment["GITHUB_TOKEN"] ?? "")
      .repos.listDeployments({ owner: "acme", repo: "todost" });
    assert.equal(data[0]?.environment, "todost-development");
    const skipped = await promote(rulesOf({ maxScanAge: 30 }), "--to", "production", "--digest", old);
    assert.match(skipped.err, /has not run in staging/);
  });

  it("asks for the evidence that the environment requires", async () => {
    const digest = await world.publish("required");
    const { code, err } = await promote(
      rulesOf({ require: ["signature", "provenance"] }),
      ...[
        "--to",
        "development",
        "--digest",
        digest,
        "--cosign-key",
        "cosign.pub",
        "--cosign",
        "/nowhere/cosign",
      ],
    );
    assert.equal(code, 1);
    assert.match(
      err,
      /its signature is required and can't be verified here[^]*its provenance is not as required/,
    );
    assert.notEqual(await world.runs("development"), digest);
  });

  it("scans an image again whose scan counts no more, keeps the result, and lets it pass", async () => {
    const old = await world.publish("stale", "passed", new Date(Date.now() - 8 * day));
    scanner.finds(world.made("stale"));
    const results = async () =>
      (await world.registry.referrers(repository, old)).filter(({ artifactType }) =>
        artifactType?.includes("gate-result"),
      ).length;
    const dry = await promote(rulesOf(), "--to", "development", "--digest", old, "--scan-again", "--dry-run");
    assert.equal(dry.code, 0, dry.err);
    assert.match(dry.out, /would move/);
    assert.equal(await results(), 1);
    const { code, out, err } = await promote(
      rulesOf(),
      "--to",
      "development",
      "--digest",
      old,
      "--scan-again",
    );
    assert.equal(code, 0, err);
    assert.match(err, /its scan counts no more, scanning it again/);
    assert.match(out, /:development moved from/);
    assert.equal(await results(), 2);
    assert.equal(await world.runs("development"), old);
    // The next stage finds the new result and scans no more.
    scanner.finds(world.made("stale"), "CVE-2026-1");
    assert.equal((await promote(rulesOf(), "--to", "staging", "--scan-again")).code, 0);
  });

  it("moves nothing where the image, scanned again, is blocked or isn't scanned", async () => {
    const before = await world.runs("development");
    const old = await world.publish("vulnerable", "passed", new Date(Date.now() - 8 * day));
    const args = ["--to", "development", "--digest", old, "--scan-again"] as const;
    const unscanned = await promote(rulesOf(), ...args);
    assert.equal(unscanned.code, 1);
    assert.match(unscanned.err, /scanned again, the gate blocks it[^]*not scanned/);
    scanner.finds(world.made("vulnerable"), "CVE-2026-1");
    const blocked = await promote(rulesOf(), ...args);
    assert.equal(blocked.code, 1);
    assert.match(blocked.err, /scanned again, the gate blocks it[^]*CVE-2026-1/);
    assert.equal(await world.runs("development"), before);
    const [referrer, ...others] = await world.registry.referrers(repository, old);
    assert.ok(referrer !== undefined && others.length === 0, "a blocked result is kept with no image");
    scanner.finds(world.made("vulnerable"));
    const mended = await promote(rulesOf(), ...args);
    assert.equal(mended.code, 0, mended.err);
    assert.equal(await world.runs("development"), old);
  });

  it("says what is wrong with the rules, and takes no flag beside them that they replace", async () => {
    const args = ["--to", "development", "--digest", `sha256:${"0".repeat(64)}`] as const;
    const mixed = await promote(rulesOf(), ...args, "--require", "signature", "--environments", "production");
    assert.equal(mixed.code, 2);
    assert.match(mixed.err, /--rules: it says what --require, --environments would say/);
    const wrong = { ...rulesOf({ maxScanAge: 0 }), scan: { exceptions: [{ id: "CVE-2026-1" }] } };
    const { code, err } = await promote(wrong as unknown as PromotionRules, ...args);
    assert.equal(code, 2);
    assert.match(err, /--rules: environments\.0\.maxScanAge: [^]*--rules: scan\.exceptions\.0\.owner: /);
    assert.equal((await world.ghcrWith("{", "promote", world.image, "--rules", "-")).code, 2);
  });

  describe("of a release", () => {
    const release = (to: string, tag: string, ...more: readonly string[]) =>
      promote(rulesOf(), "--to", to, "--release", tag, ...more);

    it("moves an environment to the image that the version's tag names, stage by stage", async () => {
      const digest = await world.release("1.2.3");
      assert.match((await release("production", "v1.2.3")).err, /has not run in staging/);
      for (const stage of stages) {
        // What the tests above have left here says no version, so it is replaced.
        const { code, err } = await release(stage, "v1.2.3");
        assert.equal(code, 0, err);
        assert.equal(await world.runs(stage), digest);
      }
    });

    it("waits for an image that is on its way, and for the gate's result of it", async () => {
      const made = world.made("1.3.0", "1.3.0");
      const moving = release("development", "v1.3.0", "--wait", "1");
      await delay(300);
      await world.trial.push(repository, made, "1.3.0");
      await delay(1500);
      await world.gate(made.index.digest as Digest, "passed");
      const { code, err } = await moving;
      assert.equal(code, 0, err);
      assert.match(
        err,
        /has no image of this release; looking again[^]*no gate result is attached[^]*; looking again/,
      );
      assert.equal(await world.runs("development"), made.index.digest);
    });

    it("is refused where the image doesn't come, and where the tag is no release's", async () => {
      const missing = await release("development", "v9.9.9");
      assert.equal(missing.code, 1);
      assert.match(missing.err, /the registry has no image of this release/);
      for (const tag of ["platform-v1.2.3", "v1.2", "v1.2.3+build", "1.2.3"])
        assert.match(
          (await release("development", tag)).err,
          /is no release's tag that publishes an image/,
          tag,
        );
      const both = await release("development", "v1.2.3", "--digest", `sha256:${"0".repeat(64)}`);
      assert.equal(both.code, 2);
    });

    it("leaves an environment alone that runs a higher version", async () => {
      const newest = await world.release("2.0.0");
      assert.equal((await release("development", "v2.0.0")).code, 0);
      await world.release("1.2.4");
      const { code, out } = await release("development", "v1.2.4");
      assert.equal(code, 0);
      assert.match(
        out,
        /development stays at .*: development runs 2\.0\.0 .*release of 1\.2\.4 doesn't take it back/,
      );
      assert.equal(await world.runs("development"), newest);
    });
  });

  function promote(rules: PromotionRules, ...args: readonly string[]) {
    const common = ["--by", "ann", "--reason", "week 48", "--rules", "-"];
    return world.ghcrWith(JSON.stringify(rules), "promote", world.image, ...common, ...args);
  }
});

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
