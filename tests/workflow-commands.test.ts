import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { PlatformError } from "../core/errors";
import { resolveFleet, type PlatformRelease } from "../core/fleet";
import { calledCommands, ownWorkflows, platformWorkflows } from "../core/workflow";
import { ghcr } from "./ghcr-command";
import { variants } from "./workflow-variants";

const scripts = variants.flatMap(({ name, workflows }) =>
  workflows.flatMap(({ file, jobs }) =>
    jobs.flatMap(({ id, steps }) =>
      steps.flatMap(({ does }) =>
        does.kind === "run" ? [[`${name}/${file}: ${id}`, does.script] as const] : [],
      ),
    ),
  ),
);

describe("what workflows call of the ghcr command", () => {
  let known: Readonly<Record<string, string>>;
  before(async () => {
    known = JSON.parse((await ghcr(["commands", "--json"], {})).out) as Record<string, string>;
  });

  it("is found in scripts, with flags from arrays and of the requests that jq makes", () => {
    const tags = [
      "flags=()",
      'if [ "$A" = b ]; then',
      '  flags=(--pull-request "$N" --action "$ACTION")',
      "fi",
      'decision=$(ghcr tags --event "$EVENT" --ref "$(git rev-parse --short HEAD)" \\',
      '  --sha "$SHA" "${flags[@]}" --json) # --not-a-flag',
      "jq --compact-output . <<< \"$decision\" | grep --quiet 'ghcr image scan --never'",
    ].join("\n");
    assert.deepEqual(calledCommands(tags).slice(0, 1), [
      { command: "tags", flags: ["--action", "--event", "--json", "--pull-request", "--ref", "--sha"] },
    ]);
    assert.equal(calledCommands(tags).length, 1);
    const test = [
      "as_root=(sudo --preserve-env=A,B)",
      `jq --arg folder "$RUNNER_TEMP/image" '.inputLayout = $folder | .path = "/"' <<< "$TEST" \\`,
      '  | "${as_root[@]}" "$(command -v ghcr)" image test --input -',
    ].join("\n");
    assert.deepEqual(calledCommands(test), [
      { command: "image test", flags: ["--input", "--input-layout", "--path"] },
    ]);
    assert.deepEqual(calledCommands('status=$(ghcr promote "$IMAGE" --status)\nghcr doctor'), [
      { command: "doctor", flags: [] },
      { command: "promote", flags: ["--status"] },
    ]);
  });

  it("is found wherever it stands in a rendered workflow", () => {
    let calls = 0;
    for (const [where, script] of scripts) {
      // A call is the word alone, or its path looked up.
      const written = [...script.matchAll(/(?:^|[\s(|;])ghcr [a-z]|command -v ghcr/gm)].length;
      assert.equal(calledCommands(script).length, written, where);
      calls += written;
    }
    assert.ok(calls > 100, String(calls));
  });

  it("is all known to the command as it is here", () => {
    const release: PlatformRelease = { version: "9.9.9", commit: "0".repeat(40), commands: known };
    assert.doesNotThrow(() => rendered(release));
  });

  it("is refused where the pinned release doesn't know it, by file, job and step, with what to do", () => {
    const { rescan: _, ...withoutRescan } = known;
    const older = {
      ...withoutRescan,
      "image test": (known["image test"] ?? "").replace("--input-layout ", ""),
      promote: (known["promote"] ?? "").replace("--scan-again ", ""),
    };
    const release: PlatformRelease = { version: "1.4.0", commit: "0".repeat(40), commands: older };
    try {
      rendered(release);
    } catch (error) {
      assert.ok(error instanceof PlatformError);
      const said = error.faults.map(({ where, got }) => `${where}: ${got}`);
      assert.deepEqual(said, [
        'container-publish.yml: job verify, step "Test the container": ghcr image test --input-layout',
        'promote.yml: job promote-billing-staging, step "Promote": ghcr promote --scan-again',
        'rescan.yml: job rescan, step "Rescan": ghcr rescan',
      ]);
      assert.match(error.message, /the pinned release 1\.4\.0[^]*make release VERSION=/);
      return;
    }
    assert.fail("an older release was taken");
  });

  it("is taken for known where the release doesn't say", () => {
    assert.ok(rendered({ version: "1.4.0", commit: "0".repeat(40) }).length === 5);
  });

  function rendered(release: PlatformRelease) {
    const fleet = resolveFleet({
      platform: { name: "ghcr-platform", release },
      services: [
        {
          where: "billing",
          declaration: {
            name: "billing",
            environments: { staging: {} },
            source: { repository: { name: "billing" } },
          },
        },
      ],
    });
    const settings = { owner: "albeorla", registry: "ghcr.io" };
    const own = fleet.services.flatMap((service) => ownWorkflows(fleet, service, settings));
    return [...own, ...platformWorkflows(fleet, settings)];
  }
});
