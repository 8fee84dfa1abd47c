import assert from "node:assert/strict";
import { exceptionsMark } from "../../core/scan";
import { Trial, tokens } from "../../sandbox/github-api/trial";
import { run } from "../program";

const day = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString().slice(0, 10);

describe("ghcr exceptions, against a GitHub's stand-in", function () {
  this.timeout(60_000);
  const trial = new Trial();
  before(async () => {
    await trial.start();
    await trial.repository("shop");
    await trial.alice.issues.create({ owner: "acme", repo: "shop", title: "A pull request's stand-in" });
  });
  after(() => trial.end());

  const request = (until: string, name = "todost") => ({
    services: [
      {
        name,
        exceptions: [
          { id: "CVE-2024-45490", scope: "all", owner: "@acme/web", reason: "it isn't reached", until },
        ],
      },
    ],
  });

  async function ghcr(
    input: unknown,
    more: readonly string[] = [],
    token: string | undefined = tokens.alice,
  ) {
    const [out, err]: [string[], string[]] = [[], []];
    const where = ["--repository", "acme/shop", "--github-url", `${trial.github.url}/api/v3`];
    const code = await run(
      ["exceptions", ...where, "--author", "alice", "--pull-request", "1", "--input", "-", ...more],
      {
        readInput: async () => JSON.stringify(input),
        print: (line) => out.push(line),
        complain: (line) => err.push(line),
        environment: token === "" ? {} : { GITHUB_TOKEN: token },
      },
    );
    return { code, out: out.join("\n"), err: err.join("\n") };
  }

  const comments = async () =>
    (await trial.alice.issues.listComments({ owner: "acme", repo: "shop", issue_number: 1 })).data.map(
      ({ body }) => body ?? "",
    );

  it("tells once of an exception that ends, again where its end was moved, and takes it back", async () => {
    assert.match((await ghcr(request(inDays(15)))).err, /there is no comment, and nothing to tell/);
    const first = await ghcr(request(inDays(14)));
    assert.deepEqual([first.code, /^created the comment http/.test(first.err)], [0, true]);
    const [comment = "", ...others] = await comments();
    assert.equal(others.length, 0);
    assert.ok(comment.startsWith(exceptionsMark));
    assert.match(
      comment,
      new RegExp(`\`CVE-2024-45490\` \\| \`all\` \\| \`${inDays(14)}\` \\| \`@acme/web\``),
    );
    assert.match((await ghcr(request(inDays(14)))).err, /says so already/);
    assert.match((await ghcr(request(inDays(-1)))).err, /^updated the comment/);
    assert.match((await comments()).join(), /\*\*ended\*\*/);
    assert.match((await ghcr({ services: [] })).err, /^removed the comment/);
    assert.deepEqual(await comments(), []);
  });

  it("prints the comment, or all as JSON, and writes nothing", async () => {
    const { code, out } = await ghcr(request(inDays(3)), ["--dry-run"], "");
    assert.deepEqual([code, out.startsWith(exceptionsMark)], [0, true]);
    const { out: json } = await ghcr(request(inDays(3)), ["--dry-run", "--json"], "");
    const { ending, comment } = JSON.parse(json) as { ending: { service: string }[]; comment: unknown };
    assert.deepEqual([ending.map(({ service }) => service), comment], [["todost"], null]);
    assert.equal(
      (await ghcr(request(inDays(99)), ["--dry-run"], "")).out,
      "no exception ends within 14 days",
    );
    assert.deepEqual(await comments(), []);
  });

  it("refuses a ledger that the gate would refuse, and to write without a token", async () => {
    const wrong = await ghcr(request("2026-02-30"));
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /todost: exceptions\[0\]\.until.*must be a day of the calendar/);
    const without = await ghcr(request(inDays(3)), [], "");
    assert.equal(without.code, 2);
    assert.match(without.err, /GITHUB_TOKEN.*pull-requests: write/s);
    assert.deepEqual(await comments(), []);
  });
});
