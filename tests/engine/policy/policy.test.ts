/** The policy pack as the real engine runs it, over a small program that breaks one rule at a time. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rules } from "../../../core/policy";
import { SmallProgram, token } from "../small-program";

const checkout = join(__dirname, "..", "..", "..");
/** Has a credential's form, so that a rule finds it, and nothing may print it. */
const secret = `ghp_${"s3cr3t".repeat(6)}`;

describe("the policy pack on the engine", () => {
  let program: SmallProgram;

  before(async () => {
    program = await SmallProgram.start();
    const folder = join(program.top, "pager");
    mkdirSync(folder);
    copyFileSync(join(__dirname, "program.ts"), join(folder, "index.ts"));
    copyFileSync(join(checkout, "tsconfig.json"), join(folder, "tsconfig.json"));
    symlinkSync(join(checkout, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), "{}");
    writeFileSync(join(folder, "Pulumi.yaml"), "name: pager\nruntime: nodejs\nmain: index.ts\n");
    await program.must("pager", ["stack", "init", "test"]);
    await program.must("pager", ["config", "set", "githubUrl", `${program.github.url}/`]);
    await program.must("pager", ["config", "set", "--secret", "token"], token);
    await program.must("pager", ["config", "set", "--secret", "secret"], secret);
  });
  after(() => program.stop());

  const preview = (broken = "") =>
    program.pulumi("pager", ["preview", "--policy-pack", join(checkout, "policy/ghcr-policy")], {
      env: { BREAK: broken, PULUMI_SKIP_CHECKPOINTS: "true" },
    });

  it("lets a program pass that keeps every rule", async () => {
    const { code, output } = await preview();
    assert.equal(code, 0, output);
    assert.match(output, /✅ ghcr-platform@v/);
    assert.doesNotMatch(output, /\[(mandatory|advisory)\]/);
    assert.doesNotMatch(output, /can't run policy/);
  });

  const mandatory: Readonly<Record<string, readonly [resource: string, where: string]>> = {
    "gate-on": ["pager-build", "tags: pushes under a tag, before any check"],
    "gate-on-in-stack": ["pager-tags", "create: tags an image without waiting for its checks"],
    "gate-on-workflow": ["workflow", "content: pushes images and has no job that always runs"],
    "retention-set": ["pager-package", "retention.untaggedDays: isn't set"],
    "retention-set-in-stack": ["pager-build", "image: is pushed to a package that isn't declared"],
    "actions-pinned": ["workflow", "content, line 8: uses an action that isn't pinned"],
    "environments-declared": ["workflow", "content, line 7: names an environment that isn't declared"],
    "required-reviews": ["rules", "rules.pullRequest.requiredApprovingReviewCount: changes reach"],
    "required-reviews-in-stack": ["repository", "repository: no ruleset of this stack stands before"],
    "no-admin-bypass": ["production", "canAdminsBypass: administrators may deploy"],
    "no-plain-secret": ["variable", "value: holds what looks like a credential, in the clear"],
    "no-latest-in-environment": ["image", "value: lets an environment run whatever was pushed last"],
    "allowed-platforms": ["pager-build", "platforms[0]: is no platform that the fleet publishes"],
  };
  for (const [rule, [resource, message]] of Object.entries(mandatory)) {
    it(`refuses a program that breaks ${rule}, with where and fix and no value`, async () => {
      const { code, output } = await preview(rule);
      assert.notEqual(code, 0, output);
      assert.ok(output.includes(message), output);
      assert.match(output, /fix: \w/);
      assert.match(output, new RegExp(`\\[mandatory\\].*${rule.replace("-workflow", "-in-stack")}`));
      assert.match(output, new RegExp(`[:(\\s]${resource}\\b`));
      assert.ok(!output.includes(secret), "the secret is printed");
    });
  }

  for (const [rule, message] of [
    ["rules-bypass", "bypassActors[0]: people who aren't administrators may push past the rules"],
    ["secret-like-name", "value: has a credential's name and lies in the clear"],
  ] as const) {
    it(`tells of ${rule} and stops nothing`, async () => {
      const { code, output } = await preview(rule);
      assert.equal(code, 0, output);
      assert.match(output, new RegExp(`\\[advisory\\].*${rule}`));
      assert.ok(output.includes(message), output);
    });
  }

  it("breaks every rule that there is", () => {
    const broken = new Set([...Object.keys(mandatory), "rules-bypass", "secret-like-name"]);
    assert.deepEqual(
      rules.filter(({ name }) => !broken.has(name)).map(({ name }) => name),
      [],
    );
  });
});
