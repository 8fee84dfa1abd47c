import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePlatform, type Digest } from "../names";
import {
  findingsExitCode,
  gateResultOf,
  judge,
  parseGateResult,
  vouchesFor,
  type Exception,
  type PlatformScan,
  type ScanFacts,
} from ".";

const digest = (digit: string) => `sha256:${digit.repeat(64)}` as Digest;
const now = new Date("2026-11-25T12:00:00Z");
const scan: PlatformScan = {
  platform: parsePlatform("platform", "linux/arm64"),
  digest: digest("a"),
  config: digest("c"),
  exceptions: [],
  staticImage: undefined,
};
const exception: Exception = {
  id: "CVE-2024-28757",
  scope: "pkg:deb/debian/libexpat1",
  owner: "@albeorla/web",
  reason: "no external parsers",
  until: "2026-11-25",
};

interface Vulnerability {
  readonly id?: string;
  readonly severity?: string;
  readonly fixed?: string | undefined;
  readonly purl?: string | undefined;
}

/** As Trivy 0.74.0 writes it. */
function vulnerability({ id = exception.id, severity = "HIGH", ...rest }: Vulnerability = {}) {
  const fixed = "fixed" in rest ? rest.fixed : "2.5.0-1+deb12u4";
  const purl = "purl" in rest ? rest.purl : "pkg:deb/debian/libexpat1@2.5.0-1%2Bdeb12u2?arch=arm64";
  return {
    VulnerabilityID: id,
    PkgName: "libexpat1",
    PkgIdentifier: purl === undefined ? {} : { PURL: purl },
    InstalledVersion: "2.5.0-1+deb12u2",
    ...(fixed === undefined ? {} : { FixedVersion: fixed }),
    Severity: severity,
  };
}

function report(
  found: readonly Vulnerability[] = [],
  changes: {
    config?: string;
    architecture?: string;
    packages?: number;
    suppressed?: readonly Vulnerability[];
  } = {},
) {
  const { config = digest("c"), architecture = "arm64", packages = 2, suppressed = [] } = changes;
  return {
    SchemaVersion: 2,
    ArtifactType: "container_image",
    Metadata: { ImageID: config, ImageConfig: { architecture, os: "linux" } },
    Results: [
      {
        Class: "os-pkgs",
        Packages: Array.from({ length: packages }, () => ({})),
        Vulnerabilities: found.map(vulnerability),
        ExperimentalModifiedFindings: suppressed.map((each) => ({
          Type: "vulnerability",
          Status: "ignored",
          Finding: vulnerability(each),
        })),
      },
      { Class: "lang-pkgs", Packages: [{}] },
    ],
  };
}

const verdict = (given: unknown, exitCode = 0, changes: Partial<PlatformScan> = {}) =>
  judge({ ...scan, ...changes }, { exitCode, report: given, output: "FATAL no database" }, now);
const codes = (...args: Parameters<typeof verdict>) => verdict(...args).blocks.map(({ code }) => code);

describe("the verdict on one platform", () => {
  it("passes where nothing critical or high has a fix, and counts what there is", () => {
    const passed = verdict(report([{ severity: "CRITICAL", fixed: undefined }, { severity: "MEDIUM" }]), 3);
    assert.deepEqual(passed.blocks, []);
    assert.equal(passed.packages, 3);
    assert.deepEqual(passed.findings, { critical: 1, high: 0, medium: 1, low: 0, unknown: 0 });
    assert.deepEqual(passed.fixable, { critical: 0, high: 0, medium: 1, low: 0, unknown: 0 });
  });

  it("is blocked by each critical or high finding that has a fix", () => {
    const { blocks } = verdict(report([{ severity: "CRITICAL" }, { id: "CVE-2" }, { severity: "LOW" }]), 3);
    assert.deepEqual(
      blocks.map((block) => block.code === "findings" && block.findings.map(({ id }) => id)),
      [[exception.id, "CVE-2"]],
    );
  });

  it("is not scanned where Trivy ended with anything but 0 and 3, whatever it left", () => {
    for (const exitCode of [1, 2, 127]) {
      const { blocks, packages } = verdict(report(), exitCode);
      assert.deepEqual(blocks, [{ code: "scanner-failed", exitCode, output: "FATAL no database" }]);
      assert.equal(packages, 0);
    }
    const killed = judge(scan, { exitCode: undefined, report: report(), output: "" }, now);
    assert.deepEqual(killed.blocks, [{ code: "scanner-failed", exitCode: undefined, output: "" }]);
  });

  it("is not scanned without a report that can be read", () => {
    for (const given of [undefined, null, {}, [], "text", { ...report(), SchemaVersion: 1 }]) {
      assert.deepEqual(codes(given), ["no-report"]);
    }
  });

  it("is not scanned where the report is of another image or architecture", () => {
    assert.deepEqual(codes(report([], { config: digest("d") })), ["wrong-image"]);
    assert.deepEqual(codes(report([], { architecture: "amd64" })), ["wrong-architecture"]);
  });

  it("is not scanned without packages of an operating system, unless the service says why there are none", () => {
    assert.deepEqual(codes(report([], { packages: 0 })), ["no-packages"]);
    assert.deepEqual(codes({ ...report(), Results: undefined }), ["no-packages"]);
    assert.deepEqual(codes(report([], { packages: 0 }), 0, { staticImage: "a static binary" }), []);
  });

  it("is not believed where exit code and report contradict each other", () => {
    assert.deepEqual(codes(report(), findingsExitCode), ["contradiction"]);
    assert.deepEqual(codes(report([{ severity: "LOW" }]), 0), ["contradiction"]);
  });

  it("names the exceptions that let something through", () => {
    const other = { ...exception, id: "CVE-2", scope: "all" };
    const { blocks, used, excepted } = verdict(report([], { suppressed: [{}] }), 0, {
      exceptions: [exception, other],
    });
    assert.deepEqual([blocks, used, excepted.length], [[], [exception], 1]);
  });

  it("names them in the ledger's order, whatever the report's", () => {
    const other = { ...exception, id: "CVE-2", scope: "all" };
    for (const suppressed of [
      [{ id: exception.id }, { id: "CVE-2" }],
      [{ id: "CVE-2" }, { id: exception.id }, { id: "CVE-2" }],
    ]) {
      const { used } = verdict(report([], { suppressed }), 0, { exceptions: [exception, other] });
      assert.deepEqual(used, [exception, other]);
    }
  });

  it("is blocked by what Trivy left out without an exception that holds for it", () => {
    const suppressed = report([], { suppressed: [{}] });
    assert.deepEqual(codes(suppressed), ["unexplained-suppression"]);
    const ended = { ...exception, until: "2026-11-24" };
    assert.deepEqual(codes(suppressed, 0, { exceptions: [ended] }), ["unexplained-suppression"]);
    // Trivy takes every scope for one that fits where it knows no package URL.
    const unnamed = report([], { suppressed: [{ purl: undefined }] });
    assert.deepEqual(codes(unnamed, 0, { exceptions: [exception] }), ["unexplained-suppression"]);
  });

  it("tells which finding an exception was for until it ended", () => {
    const ended = { ...exception, until: "2026-11-24" };
    const { blocks } = verdict(report([{}, { id: "CVE-2" }]), 3, { exceptions: [ended] });
    assert.deepEqual(
      blocks.map((block) => block.code === "findings" && block.findings.map((each) => each.ended)),
      [[ended, undefined]],
    );
  });

  it("never passes with a fixable critical or high finding in the report, whatever else is in it", () => {
    const anyFinding = fc.record(
      {
        severity: fc.constantFrom("CRITICAL", "HIGH", "MEDIUM", "LOW", "UNKNOWN"),
        fixed: fc.constantFrom("1.2", undefined),
        id: fc.constantFrom("CVE-1", "CVE-2", exception.id),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(
        fc.array(anyFinding),
        fc.constantFrom(0, 1, 3),
        fc.boolean(),
        (found, exitCode, excepted) => {
          const exceptions = excepted ? [exception, { ...exception, id: "CVE-1", scope: "all" }] : [];
          const passes = verdict(report(found), exitCode, { exceptions }).blocks.length === 0;
          const clean = !found.some(
            ({ severity, fixed }) => fixed !== undefined && (severity === "CRITICAL" || severity === "HIGH"),
          );
          assert.equal(passes, clean && exitCode === (found.length > 0 ? 3 : 0));
        },
      ),
    );
  });
});

describe("the gate's result", () => {
  const facts: ScanFacts = {
    image: "ghcr.io/albeorla/todost",
    digest: digest("1"),
    now,
    scanner: {
      name: "trivy",
      version: "0.74.0",
      database: { reference: "ghcr.io/aquasecurity/trivy-db:2", updatedAt: "2026-11-25T00:00:00Z" },
    },
    staticImage: undefined,
    breakGlass: undefined,
  };
  const good = verdict(report());
  const bad = verdict(report([{}]), 3);

  it("passes where every platform does, and is read back from its JSON as it was", () => {
    const result = gateResultOf(facts, [good, good]);
    assert.equal(result.verdict, "passed");
    assert.deepEqual(parseGateResult("referrer", JSON.parse(JSON.stringify(result))), result);
    assert.ok(vouchesFor(result, { name: facts.image, digest: facts.digest }));
    assert.ok(!vouchesFor(result, { name: facts.image, digest: digest("2") }));
    assert.ok(!vouchesFor(result, { name: "ghcr.io/albeorla/other", digest: facts.digest }));
  });

  it("is blocked by any one platform, and vouches for nothing then", () => {
    const result = gateResultOf(facts, [good, bad]);
    assert.deepEqual(
      [result.verdict, result.platforms.map(({ blocks }) => blocks)],
      ["blocked", [[], ["findings"]]],
    );
    assert.ok(!vouchesFor(result, { name: facts.image, digest: facts.digest }));
  });

  it("keeps who broke the glass, and why, where something was blocked, and only there", () => {
    const breakGlass = { by: "ada", reason: "production is down" };
    const forced = gateResultOf({ ...facts, breakGlass }, [bad]);
    assert.deepEqual([forced.verdict, forced.breakGlass], ["forced", breakGlass]);
    assert.ok(vouchesFor(parseGateResult("referrer", forced), { name: facts.image, digest: facts.digest }));
    const passed = gateResultOf({ ...facts, breakGlass }, [good]);
    assert.deepEqual([passed.verdict, passed.breakGlass], ["passed", undefined]);
  });

  it("is no evidence where it contradicts itself or lacks anything", () => {
    const result = gateResultOf(facts, [good, bad]);
    for (const wrong of [
      { ...result, verdict: "passed" },
      { ...result, verdict: "forced" },
      { ...result, platforms: [] },
      { ...result, at: "yesterday" },
      { ...result, digest: "latest" },
      { ...result, more: true },
      { ...gateResultOf(facts, [good]), verdict: "blocked" },
      null,
    ]) {
      assert.throws(() => parseGateResult("referrer", wrong), /referrer: .*scan the image again/s);
    }
  });
});
