import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { whileLocked } from "../clients/process-lock";
import { FakePackages } from "../clients/testing/fake-packages";
import { servePackages, type ServedPackages } from "../clients/testing/serve-packages";
import { run } from "./program";

const policy = {
  graceDays: 1,
  rules: [{ id: "development", kind: "expire-tagged", of: "development", afterDays: 14 }],
  brake: { versions: 100, percent: 100 },
};

describe("the retention commands", () => {
  let folder = "";
  let served: ServedPackages | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "retention-"));
    writeFileSync(join(folder, "policy.json"), JSON.stringify(policy));
  });
  afterEach(async () => {
    await served?.stop();
    rmSync(folder, { recursive: true });
  });

  async function ghcr(...args: string[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await run(["retention", ...args.map((arg) => arg.replace("@", `${folder}/`))], {
      readInput: async () => "",
      print: (line) => out.push(line),
      complain: (line) => err.push(line),
      environment: { GITHUB_TOKEN: "ghp_test", DOCKER_CONFIG: "/nowhere", XDG_CACHE_HOME: folder },
    });
    const plain = (lines: string[]) => stripVTControlCharacters(lines.join("\n"));
    return { code, out: plain(out), err: plain(err) };
  }

  /** One release and one developer's image, each of two platforms. */
  async function inventory() {
    const github = new FakePackages();
    for (const tag of ["1.4.0", "dev-ann-4fa8d21"])
      github.push({ tags: [tag], children: [github.push(), github.push()] });
    served = await servePackages(github);
    const connection = ["--github-url", `http://${served.host}/`, "--registry", served.host];
    const known = ["--promotions", "none", "--in-use", "none"];
    const named = ["--owner", github.owner, "--package", github.name, "--out", "@inventory.json"];
    return { github, connection, taken: await ghcr("inventory", ...named, ...known, ...connection) };
  }

  const planning = ["plan", "--inventory", "@inventory.json", "--policy", "@policy.json"];
  const later = ["--now", "2027-01-01T00:00:00Z"];

  it("take an inventory, plan from it and explain the plan, the latter two without asking anyone", async () => {
    const { github, taken } = await inventory();
    assert.deepEqual([taken.code, taken.err], [0, "pullRequests not given: what may depend on them is kept"]);
    assert.match(taken.out, /^6 versions, 2 requests to GitHub, 6 manifests read/);
    const asked = github.journal.length;

    const made = await ghcr(...planning, ...later, "--out", "@plan.json");
    assert.equal(made.code, 0);
    assert.match(made.out, /dev-ann-4fa8d21 +development/);
    assert.match(made.out, /3 of 6 versions go and free/);
    const stays = await ghcr("explain", "1.4.0", "--plan", "@plan.json");
    assert.match(stays.out, /\(1\.4\.0\) stays because no rule lets tag 1\.4\.0 go/);
    assert.equal((await ghcr("explain", "9.9.9", "--plan", "@plan.json")).code, 1);
    assert.equal(github.journal.length, asked);
  });

  it("property 13: print the same plan in the same bytes, and save what they print", async () => {
    await inventory();
    const first = await ghcr(...planning, ...later, "--json", "--out", "@plan.json");
    const second = await ghcr(...planning, ...later, "--json");
    assert.equal(first.out, second.out);
    assert.equal(readFileSync(join(folder, "plan.json"), "utf8"), `${first.out}\n`);
  });

  it("apply a saved plan, record it, and restore by the record", async () => {
    const { github, connection } = await inventory();
    await ghcr(...planning, ...later, "--out", "@plan.json");
    const applied = await ghcr("apply", "--plan", "@plan.json", ...connection);
    assert.equal(applied.code, 0, applied.err);
    assert.match(applied.err, /^3 deletions, about a minute at least/);
    assert.match(applied.out, /^3 deleted\nrecorded in .*plan\.journal\.jsonl$/);
    assert.equal(github.rows.length, 3);
    const again = await ghcr("apply", "--plan", "@plan.json", "--json", ...connection);
    assert.equal(again.code, 0);
    assert.equal(github.deletions.length, 3);

    const restored = await ghcr(
      "restore",
      "dev-ann-4fa8d21",
      "--journal",
      "@plan.journal.jsonl",
      ...connection,
    );
    assert.equal(restored.code, 0, restored.err);
    assert.equal(github.rows.length, 6);
    const nothing = await ghcr("restore", "--journal", "@plan.journal.jsonl", "--json", ...connection);
    assert.equal(nothing.code, 0, nothing.err);
    assert.ok("restorations" in (JSON.parse(nothing.out) as object));
  });

  it("property 16: refuse to apply or restore by a journal that another run works with", async () => {
    const { github, connection } = await inventory();
    await ghcr(...planning, ...later, "--out", "@plan.json");
    const journal = join(folder, "plan.journal.jsonl");
    const meanwhile = async (...args: string[]) =>
      whileLocked(journal, "another run", () => ghcr(...args, ...connection));
    const refused = await meanwhile("apply", "--plan", "@plan.json");
    assert.deepEqual([refused.code, github.deletions], [1, []]);
    assert.match(refused.err, /plan\.journal\.jsonl: another run is working with it \(process \d+ on /);
    assert.equal((await ghcr("apply", "--plan", "@plan.json", ...connection)).code, 0);
    assert.equal((await meanwhile("restore", "--journal", "@plan.journal.jsonl")).code, 1);
    assert.deepEqual([github.deletions.length, github.restorations.length], [3, 0]);
  });

  it("simulate months on an inventory, with the growth that was assumed", async () => {
    const { github } = await inventory();
    const asked = github.journal.length;
    const given = ["simulate", "--inventory", "@inventory.json", "--policy", "@policy.json"];
    const start = ["--now", "2026-11-24T18:00:00Z", "--months", "2"];
    const still = await ghcr(...given, ...start);
    assert.equal(still.code, 0, still.err);
    assert.match(still.out, /assumed: nothing is pushed but what is given/);
    assert.match(still.out, /2026-11 +0 +0 +0 B +6[^]*2026-12 +0 +3 +\S+ kB +3/);
    assert.match(still.out, /GitHub bills nothing for container images for now/);

    const growing = await ghcr(
      ...given,
      ...start,
      "--growth",
      "repeat:10",
      "--json",
      "--price-per-gb-month",
      "0.25",
    );
    const { assumed, months } = JSON.parse(growing.out) as {
      assumed: object;
      months: { pushed: number; cost: number; gigabyteMonths: number }[];
    };
    assert.deepEqual(assumed, { growth: 10, everyDays: 7, releaseBrake: false });
    assert.deepEqual(
      months.map(({ pushed }) => pushed),
      [0, 18],
    );
    assert.equal(months[1]?.cost, 0);
    assert.equal(github.journal.length, asked);
  });

  it("simulate a push history, and refuse one beside an inventory, or a growth that is none", async () => {
    const pushes = [
      { at: "2026-01-10T00:00:00Z", tags: ["dev-ann-4fa8d21"], platforms: [{ app: 1000000000 }] },
    ];
    const history = {
      format: "ghcr-platform/push-history@1",
      package: { owner: "albeorla", name: "todost" },
      pushes,
    };
    writeFileSync(join(folder, "pushes.json"), JSON.stringify(history));
    const given = ["simulate", "--policy", "@policy.json", "--history", "@pushes.json"];
    const priced = ["--price-per-gb-month", "2", "--every", "1", "--months", "2"];
    const simulated = await ghcr(...given, ...priced);
    assert.equal(simulated.code, 0, simulated.err);
    // GitHub would keep the last tagged image, so it stays: 1 GB for the 22 days of January, and for February.
    assert.match(simulated.out, /2026-01 +2 +0 +0 B +2 +1\.0 GB +1\.0 GB +0\.710 +\$0\.42\n/);
    assert.match(simulated.out, /2026-02 .* 1\.000 +\$1\.00\n/);
    for (const wrong of [
      ["--inventory", "@i.json"],
      ["--growth", "much"],
      ["--growth", "repeat:0"],
      ["--months", "0"],
    ])
      assert.equal((await ghcr(...given, ...wrong)).code, 2, wrong.join(" "));
  });

  it("explain themselves, each with an example and its exit codes", async () => {
    for (const command of ["inventory", "plan", "explain", "simulate", "apply", "restore"]) {
      const { code, out } = await ghcr(command, "--help");
      assert.equal(code, 0);
      assert.match(out, new RegExp(`Example:\n  ghcr retention ${command} `));
      assert.match(out, /Exit codes: 0 [^]*;\s2 wrong usage/);
    }
  });

  it("apply a plan whose brake is on only where a person lets it through", async () => {
    const { github, connection } = await inventory();
    writeFileSync(join(folder, "policy.json"), JSON.stringify({ ...policy, brake: { versions: 1 } }));
    await ghcr(...planning, ...later, "--out", "@plan.json");
    const refused = await ghcr("apply", "--plan", "@plan.json", ...connection);
    assert.deepEqual([refused.code, github.deletions], [1, []]);
    assert.match(refused.err, /apply it with --release-brake/);
    const released = await ghcr("apply", "--plan", "@plan.json", "--release-brake", ...connection);
    assert.deepEqual([released.code, github.deletions.length], [0, 3], released.err);
  });

  it("append the plan as Markdown, in which nothing that others have named is markup", async () => {
    await inventory();
    const file = join(folder, "inventory.json");
    const taken = JSON.parse(readFileSync(file, "utf8")) as { inUse: object[] };
    const inUse = [{ digest: `sha256:${"a".repeat(64)}`, by: "cluster <b>|`1`" }];
    writeFileSync(file, JSON.stringify({ ...taken, inUse }));
    writeFileSync(join(folder, "policy.json"), JSON.stringify({ ...policy, brake: { versions: 1 } }));
    for (let time = 0; time < 2; time++) await ghcr(...planning, ...later, "--markdown", "@summary.md");
    const text = readFileSync(join(folder, "summary.md"), "utf8");
    const half = text.slice(0, text.length / 2);
    assert.equal(text, half + half);
    assert.match(half, /^### Retention of albeorla\/todost\n\n> \[!WARNING\]\n> The brake is on/);
    assert.match(half, /\n\| sha256:[0-9a-f]{12} \| dev-ann-4fa8d21 \| development \| [^|]+ \|\n/);
    assert.match(half, /\n\| 2 \| belonging to what stays \|\n/);
    assert.ok(half.includes("named by cluster \\<b\\>\\|\\`1\\`, is not in the package"));
  });

  it("property 15: make the plan again where they are given what it was made of, and refuse another", async () => {
    const { github, connection } = await inventory();
    await ghcr(...planning, ...later, "--out", "@plan.json");
    const made = readFileSync(join(folder, "plan.json"), "utf8");
    const from = ["--inventory", "@inventory.json", "--policy", "@policy.json", ...connection];
    writeFileSync(
      join(folder, "plan.json"),
      made.replace('"tag":"dev-ann-4fa8d21"', '"tag":"dev-bob-4fa8d21"'),
    );
    const edited = await ghcr("apply", "--plan", "@plan.json", ...from);
    assert.deepEqual([edited.code, github.deletions], [1, []]);
    assert.match(edited.err, /is not the plan that this inventory and this policy give/);
    const half = await ghcr("apply", "--plan", "@plan.json", "--policy", "@policy.json", ...connection);
    assert.deepEqual([half.code, github.deletions], [2, []]);
    writeFileSync(join(folder, "plan.json"), made);
    assert.equal((await ghcr("apply", "--plan", "@plan.json", ...from)).code, 0);
    assert.equal(github.deletions.length, 3);
  });

  it("end with 1 where a deletion failed, and where the brake is on, without a deletion", async () => {
    const { github, connection } = await inventory();
    await ghcr(...planning, ...later, "--out", "@plan.json");
    github.faults.push({ on: /^DELETE/, status: 403, body: '{"message":"Must have admin rights"}' });
    const denied = await ghcr("apply", "--plan", "@plan.json", ...connection);
    assert.deepEqual([denied.code, github.deletions], [1, []]);
    assert.match(
      denied.out,
      /1 failed\n2 not tried\n[^]*stopped: GitHub denies the deletion: Must have admin/,
    );

    writeFileSync(join(folder, "policy.json"), JSON.stringify({ ...policy, brake: { versions: 2 } }));
    const planned = await ghcr(...planning, ...later, "--out", "@plan.json");
    assert.match(planned.out, /The brake is on/);
    const braked = await ghcr("apply", "--plan", "@plan.json", ...connection);
    assert.deepEqual([braked.code, github.deletions], [1, []]);
    assert.match(braked.err, /more than the brake lets through/);
  });

  it("end with 2 for pending changes where it is asked for, and with 0 where nothing goes", async () => {
    await inventory();
    assert.equal((await ghcr(...planning, ...later, "--detailed-exitcode")).code, 2);
    const early = ["--now", "2026-11-25T00:00:00Z"];
    assert.equal((await ghcr(...planning, ...early, "--detailed-exitcode")).code, 0);
  });

  it("say what is wrong with their files and flags", async () => {
    await inventory();
    writeFileSync(join(folder, "broken.json"), '{"format": ');
    const plan = (...more: string[]) => ghcr("plan", "--policy", "@policy.json", ...more);
    const missing = await plan("--inventory", "@missing.json", ...later);
    assert.deepEqual([missing.code, /--inventory: the file can't be read/.test(missing.err)], [2, true]);
    const broken = await plan("--inventory", "@broken.json", ...later);
    assert.deepEqual([broken.code, /is not JSON, or was cut off/.test(broken.err)], [1, true]);
    for (const now of ["yesterday", "2026-11-24", "2026-99-24T00:00:00Z"]) {
      const wrong = await plan("--inventory", "@inventory.json", "--now", now);
      assert.deepEqual([wrong.code, /--now: must be a time/.test(wrong.err)], [2, true]);
    }
  });
});
