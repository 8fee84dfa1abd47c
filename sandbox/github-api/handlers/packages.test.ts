import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { tokenDigest } from "../pipeline/authenticate";
import { refusal, tokens, type Trial, useTrial, withAndWithoutEtags } from "../trial";

const day = 24 * 60 * 60 * 1000;

/** What the registry's front tells of a push. Gives the digest. */
async function push(
  trial: Trial,
  repository: string,
  what: string,
  tag?: string,
  token: string = tokens.alice,
): Promise<string> {
  const digest = `sha256:${createHash("sha256").update(what).digest("hex")}`;
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const body = { credential: tokenDigest(token), repository, digest, mediaType, ...(tag && { tag }) };
  await control(trial, "registry/accepted", body);
  return digest;
}

async function control(trial: Trial, path: string, body: unknown): Promise<void> {
  const answer = await trial.fetch(`/_sandbox/${path}`, { method: "POST", body: JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`);
}

/** A token with these scopes, or permissions. */
async function tokenOf(
  trial: Trial,
  login: string,
  grant: readonly string[] | Readonly<Record<string, string>>,
): Promise<string> {
  const body = JSON.stringify({ login, [Array.isArray(grant) ? "scopes" : "permissions"]: grant });
  const answer = await trial.fetch("/_sandbox/tokens", { method: "POST", body });
  return ((await answer.json()) as { token: string }).token;
}

const owner = ["read:packages", "write:packages", "delete:packages"];
const container = { package_type: "container" } as const;
const missing = { status: 404, message: "Package not found." };

withAndWithoutEtags("packages", (trial) => {
  let admin = "";
  let member = "";
  before(async () => {
    admin = await tokenOf(trial, "alice", owner);
    member = await tokenOf(trial, "bob", owner);
  });
  const at = (name: string) => ({ org: "acme", ...container, package_name: name });
  const api = (token = admin) => trial.as(token).packages;
  const listed = async (name: string, more: Record<string, unknown> = {}, token = admin) =>
    (await api(token).getAllPackageVersionsForPackageOwnedByOrg({ ...at(name), ...more })).data;
  const idOf = async (name: string, digest: string): Promise<number> =>
    (await listed(name)).find((one) => one.name === digest)?.id ?? 0;
  const remove = (name: string, id: number, token = admin) =>
    api(token).deletePackageVersionForOrg({ ...at(name), package_version_id: id });
  const restore = (name: string, id: number, token = admin) =>
    api(token).restorePackageVersionForOrg({ ...at(name), package_version_id: id });

  it("come into being by a first push, and are listed, read and counted", async () => {
    assert.deepEqual(await refusal(api().getPackageForOrganization(at("app"))), missing);
    const digest = await push(trial, "acme/app", "one", "1.0.0");
    await push(trial, "acme/app", "two");
    const { data } = await api().getPackageForOrganization(at("app"));
    assert.deepEqual(
      [data.name, data.package_type, data.visibility, data.version_count, data.owner?.login],
      ["app", "container", "private", 2, "acme"],
    );
    const id = await idOf("app", digest);
    const version = (await api().getPackageVersionForOrganization({ ...at("app"), package_version_id: id }))
      .data;
    assert.deepEqual([version.name, version.metadata?.container?.tags], [digest, ["1.0.0"]]);
    const all = (await api().listPackagesForOrganization({ org: "acme", ...container })).data;
    assert.deepEqual(
      all.map(({ name }) => name),
      ["app"],
    );
    const npm = await api().listPackagesForOrganization({ org: "acme", package_type: "npm" });
    assert.deepEqual(npm.data, []);
  });

  it("have names with slashes in them", async () => {
    await push(trial, "acme/team/tool", "slashed", "1");
    assert.equal((await api().getPackageForOrganization(at("team/tool"))).data.name, "team/tool");
  });

  it("list versions newest first, 30 a page, 100 at most, with links to the others", async () => {
    for (let n = 0; n < 105; n += 1)
      await push(trial, "acme/paged", `paged ${n}`, n === 0 ? "first" : undefined);
    assert.equal((await listed("paged")).length, 30);
    const page = await api().getAllPackageVersionsForPackageOwnedByOrg({ ...at("paged"), per_page: 1000 });
    assert.equal(page.data.length, 100);
    assert.match(page.headers.link ?? "", /[?&]page=2>; rel="next", .*[?&]page=2>; rel="last"/);
    const rest = await listed("paged", { per_page: 100, page: 2 });
    assert.deepEqual(rest.at(-1)?.metadata?.container?.tags, ["first"]);
    const ids = [...page.data, ...rest].map(({ id }) => id);
    assert.deepEqual(
      ids,
      [...ids].sort((a, b) => b - a),
    );
    assert.equal(new Set(ids).size, 105);
  });

  it("are the same for a user's account and for the signed-in user", async () => {
    const digest = await push(trial, "alice/tool", "of alice", "1");
    const old = await push(trial, "alice/tool", "old");
    const mine = { ...container, package_name: "tool" };
    const hers = { ...mine, username: "alice" };
    const names = (list: { name: string }[]) => list.map(({ name }) => name);
    assert.deepEqual(names((await api().listPackagesForAuthenticatedUser(container)).data), ["tool"]);
    assert.deepEqual(names((await api().listPackagesForUser({ username: "alice", ...container })).data), [
      "tool",
    ]);
    assert.equal((await api().getPackageForAuthenticatedUser(mine)).data.version_count, 2);
    assert.equal((await api().getPackageForUser(hers)).data.version_count, 2);
    assert.deepEqual(names((await api().getAllPackageVersionsForPackageOwnedByUser(hers)).data), [
      old,
      digest,
    ]);
    const versions = (await api().getAllPackageVersionsForPackageOwnedByAuthenticatedUser(mine)).data;
    const version = { ...mine, package_version_id: versions[0]?.id ?? 0 };
    const hersToo = { ...version, username: "alice" };
    await api().deletePackageVersionForAuthenticatedUser(version);
    assert.deepEqual(await refusal(api().getPackageVersionForUser(hersToo)), missing);
    await api().restorePackageVersionForUser(hersToo);
    assert.equal((await api().getPackageVersionForAuthenticatedUser(version)).data.name, old);
    await api().deletePackageVersionForUser(hersToo);
    await api().restorePackageVersionForAuthenticatedUser(version);
    await api().deletePackageForAuthenticatedUser(mine);
    await api().restorePackageForUser(hers);
    await api().deletePackageForUser(hers);
    await api().restorePackageForAuthenticatedUser(mine);
    assert.equal((await api().getPackageForUser(hers)).data.version_count, 2);
    assert.equal((await refusal(api().listPackagesForUser({ username: "acme", ...container }))).status, 404);
  });

  it("can't lose their last tagged version, nor their last version: 400, in GitHub's words", async () => {
    const tagged = await push(trial, "acme/last", "tagged", "1");
    await push(trial, "acme/last", "untagged");
    assert.deepEqual(await refusal(remove("last", await idOf("last", tagged))), {
      status: 400,
      message: "You cannot delete the last tagged version of a package. You must delete the package instead.",
    });
    const only = await push(trial, "acme/only", "only");
    assert.equal((await refusal(remove("only", await idOf("only", only)))).status, 400);
    await push(trial, "acme/last", "another", "2");
    await remove("last", await idOf("last", tagged));
  });

  it("keep public versions of more than 5,000 downloads, and what is private goes", async () => {
    const loved = await push(trial, "acme/loved", "loved", "1");
    const next = await push(trial, "acme/loved", "next", "2");
    const settings = { owner: "acme", name: "loved" };
    const downloads = { [loved]: 5001, [next]: 5000 };
    await control(trial, "packages", { ...settings, visibility: "public", downloads });
    const refused = await refusal(remove("loved", await idOf("loved", loved)));
    assert.equal(refused.status, 400);
    assert.match(refused.message, /^Publicly visible package versions with more than 5000 downloads cannot/);
    assert.equal((await refusal(api().deletePackageForOrg(at("loved")))).status, 400);
    await remove("loved", await idOf("loved", next));
    await push(trial, "acme/loved", "third", "3");
    await control(trial, "packages", { ...settings, visibility: "private" });
    await remove("loved", await idOf("loved", loved));
  });

  it("show deleted versions to their administrators, and count only the others", async () => {
    const gone = await push(trial, "acme/listing", "gone", "1");
    await push(trial, "acme/listing", "stays", "2");
    const id = await idOf("listing", gone);
    await remove("listing", id);
    const deleted = await listed("listing", { state: "deleted" });
    assert.deepEqual(
      deleted.map((one) => [one.id, one.name, typeof one.deleted_at]),
      [[id, gone, "string"]],
    );
    assert.equal((await api().getPackageForOrganization(at("listing"))).data.version_count, 1);
    assert.deepEqual(await refusal(remove("listing", id)), missing);
  });

  it("restore a version with the tags that nothing has taken meanwhile", async () => {
    const digest = await push(trial, "acme/tags", "restored", "moved");
    await push(trial, "acme/tags", "restored", "own");
    await push(trial, "acme/tags", "other", "stays");
    const id = await idOf("tags", digest);
    await remove("tags", id);
    await push(trial, "acme/tags", "other", "moved");
    await restore("tags", id);
    const back = (await listed("tags")).find((one) => one.id === id);
    assert.deepEqual(back?.metadata?.container?.tags, ["own"]);
    assert.deepEqual(await refusal(restore("tags", id)), missing);
  });

  it("go and come back whole, unless their name is taken", async () => {
    await push(trial, "acme/whole", "whole", "1");
    await push(trial, "acme/whole", "child");
    const before = (await api().getPackageForOrganization(at("whole"))).data;
    await api().deletePackageForOrg(at("whole"));
    assert.deepEqual(await refusal(api().getPackageForOrganization(at("whole"))), missing);
    await push(trial, "acme/whole", "newcomer", "1");
    assert.deepEqual(await refusal(api().restorePackageForOrg(at("whole"))), missing);
    assert.equal((await listed("whole")).length, 1);
    await api().deletePackageForOrg(at("whole"));
    await api().restorePackageForOrg(at("whole"));
    const after = (await api().getPackageForOrganization(at("whole"))).data;
    assert.notEqual(after.id, before.id);
    assert.equal(after.version_count, 1);
  });

  it("are for tokens with the scopes, and for accounts with the rights: all else is 404", async () => {
    const doomed = await push(trial, "acme/guarded", "doomed", "1");
    await push(trial, "acme/guarded", "kept", "2");
    const id = await idOf("guarded", doomed);
    const reads = await tokenOf(trial, "alice", ["read:packages"]);
    const deletesOnly = await tokenOf(trial, "alice", ["delete:packages"]);
    const deletes = await tokenOf(trial, "alice", ["read:packages", "delete:packages"]);
    // A member may read what the repository lets them read, and here there is none.
    assert.deepEqual(await refusal(api(member).getPackageForOrganization(at("guarded"))), missing);
    for (const token of [tokens.alice, tokens.bob, deletesOnly, tokens.reader])
      assert.deepEqual(await refusal(api(token).getPackageForOrganization(at("guarded"))), missing);
    for (const token of [reads, deletesOnly, member])
      assert.deepEqual(await refusal(remove("guarded", id, token)), missing);
    assert.equal((await listed("guarded", {}, reads)).length, 2);
    const unscoped = await refusal(
      api(tokens.alice).listPackagesForOrganization({ org: "acme", ...container }),
    );
    assert.deepEqual(unscoped, {
      status: 403,
      message: "You need at least read:packages scope to list packages.",
    });
    const anonymous = await trial.fetch("/orgs/acme/packages/container/guarded", {}, "");
    assert.equal(anonymous.status, 401);
    await remove("guarded", id, deletes);
    assert.deepEqual(await refusal(restore("guarded", id, deletes)), missing);
    await restore("guarded", id);
    // GITHUB_TOKEN and Apps: a permission instead of scopes.
    const app = await tokenOf(trial, "alice", { packages: "write" });
    const appReads = await tokenOf(trial, "alice", { packages: "read" });
    assert.deepEqual(await refusal(remove("guarded", id, appReads)), missing);
    await remove("guarded", id, app);
  });

  it("list to each who asks what they may see, and by visibility", async () => {
    const list = async (token: string, more: { visibility?: "public" | "private" } = {}) =>
      (
        await api(token).listPackagesForOrganization({ org: "acme", ...container, ...more, per_page: 100 })
      ).data
        .map(({ name }) => name)
        .sort();
    await push(trial, "acme/seen", "seen", "1");
    await push(trial, "acme/by-bob", "by bob", "1", member);
    await control(trial, "packages", { owner: "acme", name: "seen", visibility: "public" });
    assert.deepEqual(await list(member), ["by-bob", "seen"]);
    assert.deepEqual(await list(admin, { visibility: "public" }), ["seen"]);
    assert.ok((await list(admin, { visibility: "private" })).includes("by-bob"));
  });

  // Moves the clock of the whole stand-in: last.
  it("can be restored for 30 days", async () => {
    const digest = await push(trial, "acme/month", "gone", "1");
    await push(trial, "acme/month", "stays", "2");
    await push(trial, "acme/month-package", "gone", "1");
    const id = await idOf("month", digest);
    await remove("month", id);
    await control(trial, "clock", { advanceMs: 30 * day - 60_000 });
    await restore("month", id);
    await remove("month", id);
    await api().deletePackageForOrg(at("month-package"));
    await control(trial, "clock", { advanceMs: 30 * day + 60_000 });
    assert.deepEqual(await refusal(restore("month", id)), missing);
    assert.deepEqual(await listed("month", { state: "deleted" }), []);
    assert.deepEqual(await refusal(api().restorePackageForOrg(at("month-package"))), missing);
  });
});

describe("a listing of versions", () => {
  const trial = useTrial();
  const at = { org: "acme", ...container, package_name: "stale" };

  it("may be as it was so many writes ago, where that is ordered", async () => {
    const admin = await tokenOf(trial, "alice", owner);
    const list = async () => {
      const { data } = await trial.as(admin).packages.getAllPackageVersionsForPackageOwnedByOrg(at);
      return data.map((one) => [one.name, one.metadata?.container?.tags]);
    };
    const one = await push(trial, "acme/stale", "one", "latest");
    const two = await push(trial, "acme/stale", "two");
    await push(trial, "acme/stale", "two", "latest");
    const stale = (writes: number) =>
      trial.github.orderFaults({
        match: { operation: "packages/get-all-package-versions-for-package-owned-by-org" },
        stale: writes,
      });
    stale(1);
    assert.deepEqual(await list(), [
      [two, []],
      [one, ["latest"]],
    ]);
    stale(2);
    assert.deepEqual(await list(), [[one, ["latest"]]]);
    stale(3);
    assert.deepEqual(await refusal(list()), missing);
    assert.deepEqual(await list(), [
      [two, ["latest"]],
      [one, []],
    ]);
  });
});
