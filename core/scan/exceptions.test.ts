import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { covers, exceptionFaults, exceptionNotices, holds, renderIgnoreFile, type Exception } from ".";

const exception: Exception = {
  id: "CVE-2024-28757",
  scope: "pkg:deb/debian/libexpat1",
  owner: "@albeorla/web",
  reason: "no external parsers",
  until: "2026-12-31",
};
const purl = "pkg:deb/debian/libexpat1@2.5.0-1%2Bdeb12u2?arch=amd64&distro=debian-12.5";
const at = (text: string) => new Date(text);
const anyDay = fc
  .date({ min: at("2000-01-01T00:00:00Z"), max: at("2099-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const anyTime = fc.date({
  min: at("2000-01-01T00:00:00Z"),
  max: at("2099-12-31T00:00:00Z"),
  noInvalidDate: true,
});

describe("an exception of the vulnerability gate", () => {
  it("holds through its last day, in UTC, and not a moment longer", () => {
    assert.ok(holds(exception, at("2026-12-31T23:59:59.999Z")));
    assert.ok(!holds(exception, at("2027-01-01T00:00:00Z")));
    fc.assert(
      fc.property(anyDay, anyTime, (until, now) => {
        assert.equal(holds({ ...exception, until }, now), now.toISOString().slice(0, 10) <= until);
      }),
    );
  });

  it("covers its vulnerability in its package, with what the scope leaves out as it may be", () => {
    const covered = (scope: string, found: string | undefined = purl, id = exception.id) =>
      covers({ ...exception, scope }, { id, purl: found });
    assert.deepEqual(
      [
        covered("pkg:deb/debian/libexpat1"),
        covered("pkg:deb/debian/libexpat1@2.5.0-1%2Bdeb12u2"),
        covered("pkg:deb/debian/libexpat1?arch=amd64"),
        covered("all"),
        covered("all", undefined),
      ],
      [true, true, true, true, true],
    );
    assert.deepEqual(
      [
        covered("pkg:deb/debian/libexpat2"),
        covered("pkg:deb/ubuntu/libexpat1"),
        covered("pkg:rpm/debian/libexpat1"),
        covered("pkg:deb/debian/libexpat1@2.5.0-1"),
        covered("pkg:deb/debian/libexpat1?arch=arm64"),
        covered("pkg:deb/debian/libexpat1?epoch=1"),
        covered("all", purl, "CVE-2024-28758"),
      ],
      Array.from({ length: 7 }, () => false),
    );
  });

  it("covers nothing that the scanner names no package URL of, unless it is for all", () => {
    assert.ok(!covers(exception, { id: exception.id, purl: undefined }));
    assert.ok(!covers(exception, { id: exception.id, purl: "not a package URL" }));
  });

  it("is refused with every fault of its ledger at once", () => {
    const wrong: Exception = { id: "cve 1", scope: "libexpat1", owner: " ", reason: "", until: "2026-02-30" };
    assert.deepEqual(
      exceptionFaults("services/todost/service.ts: exceptions", [exception, wrong, exception]).map(
        ({ where }) => where,
      ),
      [
        ...["id", "scope", "owner", "reason", "until"].map(
          (field) => `services/todost/service.ts: exceptions[1].${field}`,
        ),
        "services/todost/service.ts: exceptions",
      ],
    );
    assert.deepEqual(exceptionFaults("here", [exception, { ...exception, scope: "all" }]), []);
    for (const until of ["2026-13-01", "2026-1-1", "tomorrow", "2026-12-31T00:00:00Z", ""]) {
      assert.equal(exceptionFaults("here", [{ ...exception, until }]).length, 1, until);
    }
  });
});

describe("Trivy's ignore file", () => {
  it("is rendered from the ledger, in Trivy's own keys", () => {
    const rendered = renderIgnoreFile(
      [exception, { ...exception, scope: "all", id: "CVE-2023-1" }],
      at("2026-12-31T12:00:00Z"),
    );
    assert.equal(
      rendered,
      [
        "vulnerabilities:",
        "  - id: CVE-2024-28757",
        "    purls:",
        "      - pkg:deb/debian/libexpat1",
        "    expired_at: 2027-01-01",
        '    statement: "@albeorla/web: no external parsers"',
        "  - id: CVE-2023-1",
        "    expired_at: 2027-01-01",
        '    statement: "@albeorla/web: no external parsers"',
        "",
      ].join("\n"),
    );
  });

  it("has an end for each entry, and no entry that is over, whatever people wrote", () => {
    const anyException = fc.record(
      {
        id: fc.constant("CVE-2024-1"),
        scope: fc.constant("all"),
        owner: fc.string(),
        reason: fc.string(),
        until: anyDay,
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(anyException), anyTime, (exceptions, now) => {
        const { vulnerabilities } = parse(renderIgnoreFile(exceptions, now)) as {
          vulnerabilities: { expired_at: string; statement: string }[];
        };
        const holding = exceptions.filter((each) => holds(each, now));
        assert.deepEqual(
          vulnerabilities.map(({ statement }) => statement),
          holding.map(({ owner, reason }) => `${owner}: ${reason}`),
        );
        for (const { expired_at: end } of vulnerabilities) assert.ok(Date.parse(end) > now.getTime(), end);
      }),
    );
  });
});

describe("what is said of exceptions", () => {
  const kinds = (now: string, used: readonly Exception[] = [exception]) =>
    exceptionNotices([exception], used, at(now)).map((notice) =>
      "days" in notice ? `${notice.kind} ${notice.days}` : notice.kind,
    );

  it("is that one ends, from 14 days before its last day on", () => {
    assert.deepEqual(kinds("2026-12-16T23:59:59Z"), []);
    assert.deepEqual(kinds("2026-12-17T00:00:00Z"), ["ends-soon 14"]);
    assert.deepEqual(kinds("2026-12-31T23:00:00Z"), ["ends-soon 0"]);
  });

  it("is that one has ended, or that it matches nothing", () => {
    assert.deepEqual(kinds("2027-01-01T00:00:00Z"), ["ended"]);
    assert.deepEqual(kinds("2026-06-01T00:00:00Z", []), ["unused"]);
    assert.deepEqual(kinds("2026-12-31T00:00:00Z", []), ["ends-soon 0", "unused"]);
  });
});
