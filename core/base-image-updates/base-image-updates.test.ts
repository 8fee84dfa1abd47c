import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { z } from "zod";
import type { BaseImageUpdates } from "../fleet";
import { baseImageUpdateFiles, isUpdateSettings, readBaseImageUpdates } from ".";

const service = { name: "billing", dockerfile: "services/billing/Dockerfile" };
const only = (baseImageUpdates: BaseImageUpdates, of = service) => {
  const [file, ...more] = baseImageUpdateFiles({ baseImageUpdates }, of);
  assert.ok(file !== undefined && more.length === 0);
  return file;
};

/** The keys of dependabot.yml that its reference documents for `docker`, as far as they are rendered. */
const dependabot = z.strictObject({
  version: z.literal(2),
  updates: z.tuple([
    z.strictObject({
      "package-ecosystem": z.literal("docker"),
      directory: z.string().startsWith("/"),
      schedule: z.strictObject({ interval: z.enum(["daily", "weekly", "monthly"]) }),
      cooldown: z.strictObject({ "default-days": z.int().min(1).max(90) }).optional(),
    }),
  ]),
});

/** Renovate's options that are rendered: an unknown one makes it open an issue and stop. */
const renovate = z.strictObject({
  $schema: z.literal("https://docs.renovatebot.com/renovate-schema.json"),
  description: z.array(z.string()),
  extends: z.array(z.string()),
  enabledManagers: z.tuple([z.literal("dockerfile")]),
  includePaths: z.array(z.string()),
  dockerfile: z.strictObject({ managerFilePatterns: z.array(z.string()) }),
  minimumReleaseAge: z
    .string()
    .regex(/^\d+ days$/)
    .optional(),
  minimumReleaseAgeBehaviour: z.enum(["timestamp-required", "timestamp-optional"]).optional(),
  internalChecksFilter: z.enum(["strict", "flexible", "none"]).optional(),
});

describe("the settings of what proposes newer base images", () => {
  it("hold Dependabot to the folder of the service's Dockerfile, with the cooldown", () => {
    const { path, content } = only({ by: "dependabot", cooldownDays: 7 });
    assert.equal(path, ".github/dependabot.yml");
    assert.equal(
      content,
      [
        "# Generated: do not edit. pulumi up stops at a change by hand and says what becomes of it.",
        "# Declared as baseImageUpdates of the repository of billing.",
        "",
        "version: 2",
        "updates:",
        "  - package-ecosystem: docker",
        "    directory: /services/billing",
        "    schedule:",
        "      interval: weekly",
        "    cooldown:",
        "      default-days: 7",
        "",
      ].join("\n"),
    );
    const atTop = only({ by: "dependabot", cooldownDays: 7 }, { ...service, dockerfile: "Dockerfile" });
    assert.equal(dependabot.parse(parse(atTop.content)).updates[0].directory, "/");
  });

  it("hold Renovate to the service's Dockerfile, whatever its name, and let it pin what isn't pinned", () => {
    const { path, content } = only(
      { by: "renovate", cooldownDays: 3 },
      { ...service, dockerfile: "prod.image" },
    );
    assert.equal(path, ".github/renovate.json");
    const settings = renovate.parse(JSON.parse(content));
    assert.deepEqual(settings.includePaths, ["prod.image"]);
    assert.deepEqual(settings.dockerfile.managerFilePatterns, ["prod.image"]);
    assert.equal(settings.minimumReleaseAge, "3 days");
    assert.ok(settings.extends.includes("docker:pinDigests"));
  });

  it("are none where none are declared, and wait for nothing without a cooldown", () => {
    assert.deepEqual(baseImageUpdateFiles({ baseImageUpdates: { by: "none" } }, service), []);
    const now = (by: "dependabot" | "renovate") => only({ by, cooldownDays: 0 }).content;
    assert.equal(dependabot.parse(parse(now("dependabot"))).updates[0].cooldown, undefined);
    assert.equal(renovate.parse(JSON.parse(now("renovate"))).minimumReleaseAge, undefined);
  });

  it("use documented keys alone, never touch the workflows, and read back as they were declared", () => {
    const folder = fc.stringMatching(/^[a-z0-9][a-z0-9 ._-]{0,8}$/);
    const dockerfile = fc.array(folder, { maxLength: 3 }).map((parts) => [...parts, "Dockerfile"].join("/"));
    const by = fc.constantFrom("dependabot" as const, "renovate" as const);
    fc.assert(
      fc.property(by, fc.integer({ min: 0, max: 90 }), dockerfile, (bot, cooldownDays, path) => {
        const of = { name: "billing", dockerfile: path };
        const declared = { by: bot, cooldownDays };
        const file = only(declared, of);
        assert.ok(isUpdateSettings(file.path));
        if (bot === "renovate")
          assert.deepEqual(renovate.parse(JSON.parse(file.content)).includePaths, [path]);
        else {
          const { directory } = dependabot.parse(parse(file.content)).updates[0];
          assert.equal([directory.slice(1), "Dockerfile"].filter((part) => part !== "").join("/"), path);
        }
        assert.deepEqual(readBaseImageUpdates([file], of), declared);
      }),
    );
  });

  it("are a person's where they say anything else, or where there are two", () => {
    const file = only({ by: "dependabot", cooldownDays: 7 });
    const other = only({ by: "renovate", cooldownDays: 7 });
    assert.deepEqual(readBaseImageUpdates([], service), { by: "none" });
    for (const files of [
      [{ ...file, content: `${file.content}# mine\n` }],
      [{ ...file, path: ".github/dependabot.yaml" }],
      [file, other],
    ])
      assert.equal(readBaseImageUpdates(files, service), undefined);
    const elsewhere = { ...service, dockerfile: "Dockerfile" };
    assert.equal(readBaseImageUpdates([file], elsewhere), undefined);
  });

  it("are known wherever a bot looks for them, and nothing else is", () => {
    for (const path of [".github/dependabot.yaml", "renovate.json", ".github/renovate.json5", ".renovaterc"])
      assert.ok(isUpdateSettings(path), path);
    for (const path of ["dependabot.yml", "docs/renovate.json", ".github/workflows/dependabot.yml"])
      assert.ok(!isUpdateSettings(path), path);
  });
});
