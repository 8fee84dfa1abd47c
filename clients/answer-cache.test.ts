import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskAnswerCache } from "./answer-cache";
import { openPackages } from "./packages";
import { FakePackages } from "./testing/fake-packages";

const token = "ghp_secret-of-the-test";

describe("what GitHub answered before", () => {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "answers-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** GitHub in memory, with ETags, and what each of its answers cost. */
  function setUp() {
    const github = new FakePackages();
    for (let version = 0; version < 130; version++) github.push();
    const statuses: number[] = [];
    const withEtags: typeof fetch = async (url, init) => {
      const answer = await github.fetch(url, init);
      const text = await answer.text();
      const etag = `"${createHash("sha256").update(text).digest("hex")}"`;
      const same = new Headers(init?.headers).get("if-none-match") === etag;
      statuses.push(same ? 304 : answer.status);
      const headers = new Headers(answer.headers);
      headers.set("etag", etag);
      if (same) headers.delete("link");
      return new Response(same ? null : text, { status: same ? 304 : answer.status, headers });
    };
    const open = (as = token) => {
      const answers = diskAnswerCache(folder, as);
      const { owner, name, clock } = github;
      const ask = { githubUrl: "https://api.github.test", token: as, owner, name, clock };
      return openPackages({ ...ask, fetch: withEtags, answers });
    };
    return { github, open, statuses };
  }

  const files = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  it("costs nothing while it is so, with every page, and is asked anew as soon as it isn't", async () => {
    const { github, open, statuses } = setUp();
    const first = await open().versions();
    const asked = statuses.splice(0).length;
    const second = await open().versions();
    assert.deepEqual(second, first);
    assert.deepEqual(statuses.splice(0), Array<number>(asked).fill(304));
    github.push();
    assert.equal((await open().versions()).versions.length, 131);
    assert.ok(statuses.includes(200));
  });

  it("is another token's business only in its own answers, and no token is on disk", async () => {
    const { open, statuses } = setUp();
    await open().state();
    await open("ghp_another").state();
    assert.deepEqual(statuses, [200, 200]);
    assert.equal(files().length, 2);
    for (const file of files()) assert.ok(!`${file}${readFileSync(file, "utf8")}`.includes("ghp_"));
  });

  it("is asked for again where what is kept is damaged", async () => {
    const { open, statuses } = setUp();
    await open().state();
    for (const file of files()) writeFileSync(file, '{"etag":"x"');
    assert.equal((await open().state()).versionCount, 130);
    assert.deepEqual(statuses, [200, 200]);
  });
});
