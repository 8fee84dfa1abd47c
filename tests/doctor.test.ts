/** `ghcr doctor` against the stand-in of GitHub and the front of its registry. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { doctorRows, type DoctorQuestion, type DoctorRow } from "../clients/doctor";
import { testImage } from "../clients/testing/images";
import { tokens, useGhcr } from "../sandbox/ghcr/trial";
import { ghcr } from "./ghcr-command";

describe("the doctor", function () {
  // The command as a process of its own has its sources to read first.
  this.timeout(240_000);
  const trial = useGhcr();
  before(async () => {
    const octokit = trial.octokit(tokens.alice);
    await octokit.repos.createInOrg({ org: "acme", name: "app", private: true });
    await octokit.repos.createInOrg({ org: "acme", name: "open", private: false });
    for (const name of ["app", "loose", "elsewhere"])
      await trial.push(`acme/${name}`, testImage({ salt: name }), "1.0.0");
    await trial.control("packages", { owner: "acme", name: "app", repository: "app" });
    await trial.control("packages", {
      owner: "acme",
      name: "elsewhere",
      repository: "open",
      visibility: "public",
    });
  });

  async function rows(change: Partial<DoctorQuestion> = {}): Promise<ReadonlyMap<string, DoctorRow>> {
    const token = change.token ?? tokens.alice;
    const found = await doctorRows({
      ...{ githubUrl: `${trial.github.url}/api/v3`, token, owner: "acme", repository: "app" },
      ...{ registry: trial.host, purpose: "publish", packages: [{ name: "app" }] },
      push: { credentials: () => ({ username: "anyone", password: token }), retries: 0 },
      ...change,
    });
    return new Map(found.map((row) => [row.check, row]));
  }
  const states = (found: ReadonlyMap<string, DoctorRow>) =>
    Object.fromEntries([...found].map(([check, { state }]) => [check, state]));

  it("finds nothing amiss where nothing is, and calls unknown what GitHub doesn't show", async () => {
    const found = await rows({ packages: [{ name: "app", visibility: "private" }] });
    assert.deepEqual(states(found), {
      token: "ok",
      "token: packages": "ok",
      "requests this hour": "ok",
      [`registry ${trial.host}`]: "ok",
      repository: "ok",
      rulesets: "ok",
      environments: "unknown",
      "app: repository": "ok",
      "app: visibility": "ok",
      "app: push": "ok",
    });
    assert.equal(found.get("token: packages")?.finding, "it may read, may push, may delete");
  });

  it("tells how many requests are left and until when, and fails where none is", async () => {
    const limits = (body: unknown) =>
      fetch(`${trial.github.url}/_sandbox/limits`, { method: "POST", body: JSON.stringify(body) });
    const row = async () => (await rows({ packages: [] })).get("requests this hour");
    try {
      await limits({ requestsPerHour: 1_000 });
      assert.match((await row())?.finding ?? "", /^\d+ of 1000 are left until [\d:]{8} UTC \(in 60 min\)$/);
      await limits({ requestsPerHour: 1 });
      await rows({ packages: [] });
      const { state, mend } = (await row()) ?? {};
      assert.equal(state, "fails");
      assert.match(mend ?? "", /^wait until /);
    } finally {
      await limits({});
    }
  });

  it("opens an upload and gives it up, and pushes nothing by it", async () => {
    const before = await trial.versions("app");
    await fetch(`${trial.github.url}/_sandbox/journal`, { method: "DELETE" });
    await rows({ packages: [{ name: "app" }, { name: "never-pushed" }] });
    const journal = (await (await fetch(`${trial.github.url}/_sandbox/journal`)).json()) as {
      method: string;
      operation?: string;
      status: number;
    }[];
    const uploads = journal.filter(({ operation }) => operation === "registry/upload");
    assert.deepEqual(
      uploads
        .map(({ method, status }) => `${method} ${status}`)
        .filter((line) => !/ 401$/.test(line))
        .sort(),
      [...["DELETE 204", "DELETE 204", "POST 202", "POST 202"]],
    );
    assert.deepEqual(await trial.versions("app"), before);
    const unborn = await trial.octokit(tokens.alice).packages.listPackagesForOrganization({
      ...{ org: "acme", package_type: "container" },
    });
    assert.ok(!unborn.data.some(({ name }) => name === "never-pushed"));
  });

  it("names the page that mends a package's repository and visibility", async () => {
    const found = await rows({
      packages: [{ name: "loose" }, { name: "elsewhere", visibility: "private" }],
    });
    assert.match(found.get("loose: repository")?.finding ?? "", /linked to no repository/);
    assert.match(found.get("elsewhere: repository")?.finding ?? "", /linked to acme\/open/);
    assert.match(found.get("elsewhere: visibility")?.finding ?? "", /is public and declared private/);
    for (const check of ["loose: repository", "elsewhere: repository", "elsewhere: visibility"]) {
      const { state, mend } = found.get(check) ?? {};
      assert.equal(state, "fails", check);
      assert.match(mend ?? "", /\/orgs\/acme\/packages\/container\/(loose|elsewhere)\/settings$/);
    }
  });

  it("says that a push would be denied, before anything is built", async () => {
    const found = await rows({ token: tokens.bobReads });
    const { state, finding, mend } = found.get("app: push") ?? {};
    assert.deepEqual([state, /denies it/.test(finding ?? "")], ["fails", true]);
    assert.match(mend ?? "", /Manage Actions access|packages: write/);
    const without = await rows({ token: tokens.bobWithout });
    assert.equal(without.get("token: packages")?.state, "fails");
    assert.equal((await rows({ push: undefined })).get("app: push")?.state, "unknown");
  });

  it("doesn't take what isn't there, or isn't shown, for a fault", async () => {
    const found = await rows({ packages: [{ name: "never-pushed" }], repository: "unborn" });
    assert.deepEqual(
      ["repository", "never-pushed"].map((check) => found.get(check)?.state),
      ["unknown", "unknown"],
    );
  });

  it("knows by the repository and by GitHub's answers which features the plan has", async () => {
    assert.equal((await rows({ repository: "open" })).get("environments")?.state, "ok");
    const message = "Upgrade to GitHub Pro or make this repository public to enable this feature.";
    await trial.control("faults", [
      { match: { operation: "repos/get-repo-rulesets" }, status: 403, body: { message } },
    ]);
    const { state, finding } = (await rows()).get("rulesets") ?? {};
    assert.deepEqual([state, finding], ["fails", message.slice(0, -1)]);
    await fetch(`${trial.github.url}/_sandbox/faults`, { method: "DELETE" });
    // A user's own plan is shown to that user; the stand-in's users have the plan free.
    await trial.octokit(tokens.alice).repos.createForAuthenticatedUser({ name: "mine", private: true });
    const mine = await rows({ owner: "alice", repository: "mine", packages: [] });
    assert.equal(mine.get("environments")?.state, "fails");
  });

  it("prints a table or JSON, and ends with 1 where a check fails", async () => {
    const given = ["doctor", "--owner", "acme", "--repository", "app", "--for", "publish", "--probe-push"];
    const connection = ["--github-url", `${trial.github.url}/api/v3`, "--registry", trial.host];
    const environment = { GITHUB_TOKEN: tokens.alice };
    const good = await ghcr([...given, ...connection, "--package", "app=private"], environment);
    assert.equal(good.code, 0, good.err + good.out);
    assert.match(good.out, /^STATE +CHECK +FINDING +MENDED BY\nok +token +GitHub takes it\n/);
    assert.match(good.out, /\nok +app: push +the registry opens an upload\n/);
    const bad = await ghcr([...given, ...connection, "--package", "app=public", "--json"], environment);
    assert.equal(bad.code, 1);
    const { ok, rows: found } = JSON.parse(bad.out) as { ok: boolean; rows: DoctorRow[] };
    assert.equal(ok, false);
    assert.deepEqual(
      found.filter(({ state }) => state === "fails").map(({ check }) => check),
      ["app: visibility"],
    );
  });
});
