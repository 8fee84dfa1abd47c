import assert from "node:assert/strict";
import { PlatformError } from "../core/errors";
import { GitHubLimits, impatientClock } from "./github-limits";
import { openPackages } from "./packages";
import { FakePackages, type FakePackagesOptions, type PackagesFault } from "./testing/fake-packages";

const token = "ghp_secret-of-the-test";

function setUp(versions: number, options: FakePackagesOptions = {}, ...faults: PackagesFault[]) {
  const github = new FakePackages(options);
  for (let version = 0; version < versions; version++) github.push();
  github.faults.push(...faults);
  const { owner, name, fetch, clock } = github;
  const packages = openPackages({ githubUrl: "https://api.github.test", token, owner, name, fetch, clock });
  return { github, packages };
}

const isVersions = /GET .*\/versions\?state=active/;

describe("GitHub Packages", () => {
  it("lists every version, 100 a page, up and down again, for organizations and for users", async () => {
    for (const kind of ["orgs", "users"] as const) {
      const { github, packages } = setUp(250, { kind });
      const { versions, incomplete } = await packages.versions();
      assert.deepEqual(incomplete, []);
      assert.equal(new Set(versions.map(({ id }) => id)).size, 250);
      const pages = github.journal.map((line) => /state=active.*&page=(\d+)/.exec(line)?.[1]);
      assert.deepEqual(pages.filter(Boolean), ["1", "2", "3", "2", "1"]);
      // Which of the two an owner is shows at the first question alone.
      assert.equal(packages.requests(), kind === "orgs" ? 2 * 3 : 2 * 3 + 1);
    }
  });

  it("asks nothing more for a user's package where the owner is said to be one, and believes no wrong word", async () => {
    for (const [kind, more] of [
      ["users", 0],
      ["orgs", 1],
    ] as const) {
      const { github } = setUp(250, { kind });
      const { owner, name, fetch, clock } = github;
      const asked = { githubUrl: "https://api.github.test", token, owner, name, fetch, clock };
      const packages = openPackages({ ...asked, ownerType: "User" });
      assert.equal((await packages.versions()).versions.length, 250);
      assert.equal(packages.requests(), 2 * 3 + more);
    }
  });

  it("tells the repository that it is linked to, and the page on which that is changed", async () => {
    const linked = setUp(1, { repository: "albeorla/tools" });
    assert.deepEqual(await linked.packages.state(), {
      facts: { owner: "albeorla", name: "todost", visibility: "private" },
      versionCount: 1,
      repository: "albeorla/tools",
      settingsUrl: "https://github.test/orgs/albeorla/packages/container/todost/settings",
    });
    const alone = await setUp(1, { kind: "users" }).packages.state();
    assert.equal(alone.repository, null);
    assert.equal(alone.settingsUrl, "https://github.test/users/albeorla/packages/container/todost/settings");
  });

  it("keeps several packages within the one token's limits", async () => {
    const github = new FakePackages({ hourly: 100 });
    github.push();
    const { owner, name, fetch, clock } = github;
    const limits = new GitHubLimits(clock);
    const ask = { githubUrl: "https://api.github.test", token, owner, name, fetch, limits };
    for (let each = 0; each < 150; each++) await openPackages(ask).state();
    assert.equal(github.journal.length, 150);
    assert.equal(github.pauses.length, 1);
  });

  it("gives up where GitHub asks for more patience than there is", async () => {
    const { github } = setUp(1, {}, { on: /./, status: 429, headers: { "retry-after": "61" } });
    const { owner, name, fetch, clock } = github;
    const ask = { githubUrl: "https://api.github.test", token, owner, name, fetch };
    const cancelled = new AbortController();
    const packages = openPackages({ ...ask, clock: impatientClock(60_000, cancelled.signal, clock) });
    await assert.rejects(packages.state(), /asks to wait 61 s/);
    assert.equal((await packages.state()).versionCount, 1);
    github.faults.push({ on: /./, status: 429, headers: { "retry-after": "30" } });
    cancelled.abort();
    await assert.rejects(packages.state(), /asks to wait 30 s/);
  });

  it("asks for no page behind the last full one", async () => {
    const { github, packages } = setUp(200);
    await packages.versions();
    assert.equal(github.journal.filter((line) => isVersions.test(line)).length, 3);
  });

  it("property 6: calls a list complete only if it shows the package as it was at one moment", async () => {
    const races: readonly ((github: FakePackages) => void)[] = [
      (github) => github.push(),
      (github) => github.remove(250),
      (github) => github.remove(1),
      // A push and a deletion leave the count as it was.
      (github) => (github.push(), github.remove(100)),
    ];
    let noticed = 0;
    for (const race of races) {
      for (const skip of [0, 1, 2, 3, 4]) {
        const { github, packages } = setUp(250);
        const moments: string[] = [];
        const moment = () => moments.push(String(github.rows.map(({ id }) => id).sort()));
        moment();
        github.faults.push({ on: isVersions, skip, before: () => (race(github), moment()) });
        const { incomplete, versions } = await packages.versions();
        if (incomplete.length > 0) noticed++;
        else
          assert.ok(moments.includes(String(versions.map(({ id }) => id).sort())), `${race}, page ${skip}`);
      }
    }
    assert.equal(noticed, 17);
  });

  it("property 6: calls a list incomplete in which a tag moved between two reads of a page", async () => {
    for (const skip of [1, 2, 3, 4]) {
      const { github, packages } = setUp(250);
      const newest = github.rows.at(-1)?.digest ?? assert.fail();
      github.faults.push({ on: isVersions, skip, before: () => github.retag("moved", newest) });
      const { incomplete } = await packages.versions();
      assert.deepEqual(incomplete, ["two reads of the list differ in version 250"]);
    }
  });

  it("property 6: calls a list incomplete that is stale in every read, by GitHub's own count", async () => {
    const { packages } = setUp(5, {}, { on: isVersions, status: 200, body: "[]" });
    assert.deepEqual((await packages.versions()).incomplete, ["GitHub counts 5 versions and lists 0"]);
  });

  it("tries reads again after 5xx, resets and bodies that break off", async () => {
    for (const fault of [{ status: 502 }, { status: 503 }, { status: 0 }, { status: 200, body: '[{"id"' }]) {
      const { packages } = setUp(3, {}, { on: isVersions, times: 2, ...fault });
      assert.equal((await packages.versions()).versions.length, 3);
    }
  });

  it("gives up on reads that go on failing, and names no secret", async () => {
    const { github, packages } = setUp(3, {}, { on: /GET/, times: 99, status: 0 });
    await assert.rejects(packages.versions(), (error) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "github-unreachable");
      assert.ok(!error.message.includes(token));
      return true;
    });
    assert.equal(github.journal.length, 5);
  });

  it("waits as long as Retry-After says, for 429 and for 403", async () => {
    for (const status of [429, 403]) {
      const fault = { on: isVersions, status, headers: { "retry-after": "17" } };
      const { github, packages } = setUp(3, {}, fault);
      await packages.versions();
      assert.deepEqual(github.pauses, [17_000]);
    }
  });

  it("waits a minute, then two, where a limit gives no time", async () => {
    const body = '{"message":"You have exceeded a secondary rate limit."}';
    for (const status of [429, 403]) {
      const { github, packages } = setUp(3, {}, { on: isVersions, times: 2, status, body });
      await packages.versions();
      assert.deepEqual(github.pauses, [60_000, 120_000]);
    }
  });

  it("never waits for a negative time where the reset lies in the past, and ends", async () => {
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-limit": "60", "x-ratelimit-reset": "1000" };
    const { github, packages } = setUp(3, {}, { on: isVersions, times: 99, status: 403, headers });
    await assert.rejects(packages.versions(), /rate limit doesn't end/);
    assert.ok(github.pauses.every((pause) => pause >= 1_000));
    assert.ok(github.journal.length < 10);
  });

  it("tells a 403 about rights from one about limits", async () => {
    const body = '{"message":"Resource not accessible by personal access token"}';
    const { github, packages } = setUp(3, {}, { on: isVersions, status: 403, body });
    await assert.rejects(packages.versions(), /Resource not accessible[^]*fix: use a classic token/);
    assert.deepEqual(github.pauses, []);
  });

  it("sends a deletion once, and says what became of it", async () => {
    const cases: readonly (readonly [Omit<PackagesFault, "on">, string])[] = [
      [{}, "done"],
      [{ status: 404 }, "not-found"],
      [{ status: 400, body: '{"message":"publicly visible package versions"}' }, "refused"],
      [{ status: 403, body: '{"message":"Must have admin rights"}' }, "denied"],
      [{ status: 403, headers: { "retry-after": "3" } }, "limited"],
      [{ status: 429 }, "limited"],
      [{ status: 500 }, "unsure"],
      [{ status: 502, done: true }, "unsure"],
      [{ status: 0, done: true }, "unsure"],
    ];
    for (const [fault, outcome] of cases) {
      const { github, packages } = setUp(3, {}, { on: /DELETE/, ...fault });
      assert.equal((await packages.delete(2)).outcome, outcome);
      assert.equal(github.journal.filter((line) => line.startsWith("DELETE")).length, 1);
      assert.equal(github.rows.length, fault.done === true || outcome === "done" ? 2 : 3);
    }
  });

  it("passes on the words of a refusal", async () => {
    const { github, packages } = setUp(2);
    github.retag("1.0.0", github.rows[0]?.digest ?? assert.fail());
    const deed = await packages.delete(1);
    assert.ok(deed.outcome === "refused");
    assert.match(deed.words, /last tagged version of a package/);
  });

  it("restores a version", async () => {
    const { github, packages } = setUp(3);
    await packages.delete(2);
    assert.equal(await packages.version(2), undefined);
    assert.deepEqual(await packages.restore(2), { outcome: "done" });
    assert.equal((await packages.version(2))?.digest, github.find(github.rows[2]?.digest as never)?.digest);
    assert.equal((await packages.restore(77)).outcome, "not-found");
  });

  it("property 23: spends at most 900 points in any minute, whatever is asked of it", async () => {
    const { github, packages } = setUp(800);
    for (let id = 1; id <= 700; id++) {
      await packages.version(id);
      await packages.delete(id);
    }
    for (const { at } of github.points) {
      const inMinute = github.points.filter((each) => each.at > at - 60_000 && each.at <= at);
      assert.ok(inMinute.reduce((sum, each) => sum + each.points, 0) <= 900);
    }
    // Without need it doesn't wait either: 4,200 points take 4 full minutes and a part.
    assert.ok(github.pauses.reduce((sum, each) => sum + each, 0) < 5 * 60_000);
  });

  it("property 23: keeps within the hour's requests by what the headers say, so that none is refused", async () => {
    const { github, packages } = setUp(300, { hourly: 100 });
    for (let id = 1; id <= 250; id++) await packages.version(id);
    assert.equal(github.journal.length, 251);
    const hours = Math.floor((github.time - Date.parse("2026-11-24T12:00:00Z")) / 3_600_000);
    assert.equal(hours, 2);
  });
});
