import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Digest } from "../../core/names";
import { parseInventory, parsePolicy, plan } from "../../core/retention";
import { tokens } from "../../sandbox/ghcr/trial";
import { repository, stages, useWorld } from "../testing/promotion-world";

describe("ghcr promote, against a registry and a GitHub", function () {
  this.timeout(120_000);
  const world = useWorld();
  let first: Digest;
  let second: Digest;

  it("takes one digest through every stage, byte for byte, and says right after what each runs", async () => {
    first = await world.publish("first");
    const built = await world.registry.manifest(repository, "build-first");
    for (const stage of stages) {
      const more = stage === "development" ? ["--digest", first] : [];
      const { code, out, err } = await world.promote(stage, ...more);
      assert.equal(code, 0, err);
      assert.match(
        out,
        new RegExp(`:${stage} moved from nothing to ${first.slice(0, 19)}: it passed the gate`),
      );
      const status = await world.ghcr("promote", world.image, "--environments", stages.join(), "--status");
      assert.match(
        status.out,
        new RegExp(`${stage} +${first.slice(0, 19)} +${world.commit.slice(0, 7)} .* ann `),
      );
      const served = await world.registry.manifest(repository, stage);
      assert.deepEqual(Buffer.from(served.bytes), Buffer.from(built.bytes));
      assert.equal(served.mediaType, built.mediaType);
    }
  });

  it("writes each move down as a deployment, the last stage as production", async () => {
    const octokit = world.trial.octokit(tokens.alice);
    const { data } = await octokit.repos.listDeployments({ owner: "acme", repo: "todost" });
    assert.deepEqual(
      data.map((each) => [each.environment, each.sha, each.task, each.production_environment]),
      [...stages].reverse().map((stage) => [stage, world.commit, "promote", stage === "production"]),
    );
    assert.deepEqual(data[0]?.payload, {
      image: world.image,
      environment: "production",
      from: null,
      to: first,
    });
    const [newest] = data;
    const of = { owner: "acme", repo: "todost", deployment_id: newest?.id ?? 0 };
    const { data: statuses } = await octokit.repos.listDeploymentStatuses(of);
    assert.deepEqual(
      statuses.map(({ state }) => state),
      ["success", "in_progress"],
    );
  });

  it("refuses what skipped a stage, was never gated, was blocked, or scanned too long ago; nothing moves", async () => {
    second = await world.publish("second");
    const skipped = await world.promote("production", "--digest", second);
    assert.equal(skipped.code, 1);
    assert.match(skipped.err, /has not run in staging, which comes before production/);
    const refused = [
      [await world.publish("ungated", null), /no gate result is attached/],
      [await world.publish("blocked", "blocked"), /the gate blocked/],
      [await world.publish("old", "passed", new Date(Date.now() - 8 * 86_400_000)), /counts for 7 days/],
    ] as const;
    for (const [digest, why] of refused) {
      const { code, err } = await world.promote("development", "--digest", digest);
      assert.equal(code, 1);
      assert.match(err, why);
    }
    for (const stage of stages) assert.equal(await world.runs(stage), first);
    const blockedLater = await world.publish("rescanned");
    await world.gate(blockedLater, "blocked", new Date(Date.now() + 1000));
    assert.match((await world.promote("development", "--digest", blockedLater)).err, /the gate blocked/);
  });

  it("says in a dry run what it would do, and does nothing", async () => {
    const deployments = async () =>
      (await world.trial.octokit(tokens.alice).repos.listDeployments({ owner: "acme", repo: "todost" })).data;
    const before = (await deployments()).length;
    const dry = await world.promote("development", "--digest", second, "--dry-run", "--json");
    assert.equal(dry.code, 0, dry.err);
    const { action, from, to } = JSON.parse(dry.out) as Record<string, string>;
    assert.deepEqual([action, from, to], ["would-move", first, second]);
    assert.equal(await world.runs("development"), first);
    assert.equal((await deployments()).length, before);
  });

  it("replaces only what is expected, and asked for the same again changes nothing", async () => {
    const wrong = await world.promote("development", "--digest", second, "--expect", second);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /was expected to run sha256:/);
    assert.equal((await world.promote("development", "--digest", second, "--expect", first)).code, 0);
    const again = await world.promote("development", "--digest", second, "--expect", first);
    assert.deepEqual([again.code, again.err], [0, ""]);
    assert.match(again.out, /stays at/);
  });

  it("goes back by the records, again and again, and forward once more to the same", async () => {
    await world.promoteThrough(second);
    const back = await world.promote("production", "--rollback", "--expect", second);
    assert.equal(back.code, 0, back.err);
    assert.equal(await world.runs("production"), first);
    const twice = await world.promote("production", "--rollback", "--expect", second);
    assert.match(twice.err, /was expected to run/);
    assert.match((await world.promote("production", "--rollback")).err, /nothing ran before it/);
    assert.equal((await world.promote("production")).code, 0);
    assert.equal(await world.runs("production"), second);
    const status = await world.ghcr(
      "promote",
      world.image,
      "--environments",
      stages.join(),
      "--status",
      "--json",
    );
    const { environments } = JSON.parse(status.out) as { environments: { rollback: string; kind: string }[] };
    assert.deepEqual([environments[2]?.kind, environments[2]?.rollback], ["promotion", first]);
  });

  it("leaves every referrer of every image resolving, the gate's result beside the records", async () => {
    for (const digest of [first, second]) {
      const referrers = await world.registry.referrers(repository, digest);
      const kinds = referrers.map(({ artifactType }) => artifactType?.split(".").at(-2));
      assert.ok(referrers.length >= 4, String(kinds));
      assert.ok(referrers.some(({ artifactType }) => artifactType?.includes("gate-result")));
      for (const each of referrers) {
        const { json, size, mediaType } = await world.registry.manifest(repository, each.digest);
        assert.deepEqual([size, mediaType], [each.size, each.mediaType]);
        assert.equal((json as { subject: { digest: string } }).subject.digest, digest);
      }
    }
  });

  it("leaves alone what others moved, until that is confirmed", async () => {
    const { bytes, mediaType } = await world.registry.manifest(repository, first);
    await world.registry.putManifest(repository, "staging", bytes, mediaType);
    // Staging did run it; a record still tells how it came there. An image that it never ran is another matter.
    const stranger = await world.publish("stranger");
    const strange = await world.registry.manifest(repository, stranger);
    await world.registry.putManifest(repository, "staging", strange.bytes, strange.mediaType);
    const refused = await world.promote("staging", "--digest", second);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /no promotion record says so: its tag was moved there by something else/);
    const status = await world.ghcr("promote", world.image, "--environments", stages.join(), "--status");
    assert.match(status.out, /staging .*moved by others: no record/);
    assert.equal((await world.promote("staging", "--digest", second, "--expect", stranger)).code, 0);
  });

  it("loses neither of two that are started at once", async () => {
    const [one, other] = [await world.publish("one"), await world.publish("other")];
    const runs = (await world.runs("development")) ?? "";
    const ended = await Promise.all(
      [one, other].map((digest) => world.promote("development", "--digest", digest, "--expect", runs)),
    );
    const codes = ended.map(({ code }) => code).sort();
    assert.notDeepEqual(codes, [0, 0]);
    const now = await world.runs("development");
    assert.ok([one, other, runs].includes(now as Digest));
    ended.forEach(({ code, err }, which) => {
      if (code === 0) assert.equal(now, [one, other][which]);
      else assert.match(err, /was expected to run|was not moved|while another promotion moved it too/);
    });
  });

  it("lets no image pass whose evidence is required and missing, can't be verified, or is somebody else's", async () => {
    const to = ["development", "--digest", second, "--require", "signature,provenance,sbom"] as const;
    const nothing = await world.promote(...to);
    assert.equal(nothing.code, 1);
    assert.match(nothing.err, /its signature is required and can't be verified here: neither a key/);
    assert.match(nothing.err, /its provenance is not as required: none is attached/);
    assert.match(nothing.err, /its SBOM is not as required: linux\/amd64: none is attached/);
    const statement = await world.sign(second);
    const program = join(world.folder, "cosign");
    const asking = ["development", "--digest", second, "--require", "signature,provenance"] as const;
    const key = ["--cosign-key", "cosign.pub", "--cosign", program];
    assert.match((await world.promote(...asking, ...key)).err, /cosign is not installed/);
    const cosign = (script: string) => {
      writeFileSync(program, `#!/bin/sh\n${script}\n`);
      chmodSync(program, 0o755);
    };
    cosign("echo 'Error: no matching signatures' >&2; exit 10");
    const refused = await world.promote(...asking, ...key);
    for (const kind of ["signature", "provenance"])
      assert.match(refused.err, new RegExp(`its ${kind} is not as required: Error: no matching signatures`));
    const payload = Buffer.from(JSON.stringify(statement)).toString("base64");
    const signature = JSON.stringify([{ critical: { type: "https://sigstore.dev/cosign/sign/v1" } }]);
    cosign(
      `echo "$*" >> ${world.folder}/asked\n[ "$1" = verify ] && echo '${signature}' || echo '{"payload": "${payload}"}'`,
    );
    const passed = await world.promote(...asking, ...key);
    assert.equal(passed.code, 0, passed.err);
    const asked = readFileSync(join(world.folder, "asked"), "utf8").trim().split("\n");
    assert.equal(asked.length, 2);
    assert.ok(
      asked.every((line) => line.endsWith(`${world.image}@${second}`)),
      asked.join("\n"),
    );
  });

  it("has retention keep what environments run and ran, from the records alone", async () => {
    const out = join(world.folder, "inventory.json");
    const taken = await world.ghcr(
      ...["retention", "inventory", "--owner", "acme", "--package", "todost", "--out", out],
      ...["--promotions", "registry", "--in-use", "none", "--registry", world.trial.host],
      ...["--github-url", `${world.trial.github.url}/api/v3/`],
    );
    assert.equal(taken.code, 0, taken.err);
    const inventory = parseInventory(JSON.parse(readFileSync(out, "utf8")), out);
    assert.ok((inventory.promotions?.length ?? 0) >= 9);
    const policy = parsePolicy(
      {
        ...{ graceDays: 1, rollback: 5, brake: { versions: 1000, percent: 100 } },
        classes: { "custom:build": "build-*" },
        rules: [{ id: "builds", kind: "expire-tagged", of: "custom:build", afterDays: 1 }],
      },
      "policy",
    );
    const made = plan(inventory, policy, new Date(Date.now() + 30 * 86_400_000));
    const gone = new Set<string>(made.deletions.map(({ digest }) => digest));
    for (const digest of [first, second]) assert.ok(!gone.has(digest));
    for (const { id: _, digest, tags } of inventory.versions) {
      if (stages.some((stage) => tags.includes(stage))) assert.ok(!gone.has(digest));
    }
    assert.ok(gone.size > 0, "the policy lets nothing go, so this tells nothing");
  });

  it("says what is wrong with its flags, all at once, before anybody is asked", async () => {
    const bare = await world.ghcr("promote", "todost");
    assert.equal(bare.code, 2);
    assert.match(bare.err, /--owner: whose service todost is[^]*--environments: is missing/);
    const wrong = await world.ghcr(
      ...[
        "promote",
        world.image,
        "--environments",
        "staging,production",
        "--to",
        "latest",
        "--digest",
        "1.0.0",
      ],
      ...["--expect", "x", "--max-scan-age", "soon", "--require", "love"],
    );
    assert.equal(wrong.code, 2);
    for (const flag of ["--to", "--reason", "--digest", "--expect", "--max-scan-age", "--require"])
      assert.match(wrong.err, new RegExp(`${flag}: `));
  });
});
