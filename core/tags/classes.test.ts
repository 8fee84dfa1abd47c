import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError } from "../errors";
import { classifyTag, environmentTag, environmentTagFault, tagClasses } from ".";

const hex = "0123456789abcdef".repeat(4);

describe("the class of a tag", () => {
  for (const [expected, tags] of [
    ["latest", ["latest"]],
    ["semver", ["1.2.3", "0.0.0", "1.2", "0.3", "1", "10", "2.0.0-rc.1", "1.2.3-RC.1", "1.2.3-x-y-z.--"]],
    ["pull-request", ["pr-1", "pr-123"]],
    ["sha", ["sha-0a1b2c3", "sha-0000000"]],
    ["development", ["dev-jane-0a1b2c3", "dev-jane-doe.x_y-0a1b2c3", "dev-Jane-0a1b2c3", "dev-7-0a1b2c3"]],
    ["cache", ["buildcache-linux-amd64", "buildcache-x"]],
    ["signature", [`sha256-${hex}`, `sha256-${hex}.sig`, `sha256-${hex}.att`, `sha256-${hex}.sbom`]],
    [
      "unknown",
      [
        "",
        "Latest",
        "0",
        "01",
        "1.02",
        "v1.2.3",
        "1.2.3.4",
        "1.2.x",
        "1.2.3+5",
        "1.2.3-01",
        " 1.2.3",
        "1.2.3\n",
        "2026-11-24",
        "pr-0",
        "pr-007",
        "pr-",
        "pr-1-head",
        "sha-0a1b2c",
        "sha-0a1b2c3d",
        "sha-0A1B2C3",
        "dev-0a1b2c3",
        "dev--jane-0a1b2c3",
        "dev-jane",
        "dev-jane-0a1b2cg",
        "buildcache-",
        "buildcache",
        `sha256-${hex.slice(1)}`,
        `sha256-${hex}0`,
        `sha256-${hex}.`,
        `sha256:${hex}`,
        "main",
        "production",
        "nightly",
      ],
    ],
  ] as const) {
    it(`is ${expected} of ${tags.slice(0, 3).join(", ").slice(0, 60)}`, () => {
      for (const tag of tags) assert.equal(classifyTag(tag), expected, tag);
    });
  }

  it("is environment for the name of one, whatever it looks like", () => {
    assert.equal(classifyTag("production", ["staging", "production"]), "environment");
    assert.equal(classifyTag("pr-1", ["pr-1"]), "environment");
    assert.equal(classifyTag("Production", ["production"]), "unknown");
  });

  it("is one of the known classes for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        assert.ok(tagClasses.includes(classifyTag(text)));
      }),
    );
  });
});

describe("an environment's tag", () => {
  it("is its name", () => {
    for (const name of ["development", "staging", "production", "eu.prod_1"]) {
      assert.equal(environmentTag("environments", name), name);
    }
  });

  it("is refused where it is no tag, or one that builds or promotion records get", () => {
    for (const name of [
      "",
      "Production EU",
      "prod/eu",
      "latest",
      "1",
      "1.2.3",
      "pr-1",
      "sha-0a1b2c3",
      "buildcache-x",
      "promotion-production",
      "x".repeat(119),
    ]) {
      assert.equal(environmentTagFault("environments", name)?.code, "invalid-environment-tag", name);
      assert.throws(() => environmentTag("environments", name), PlatformError);
    }
    assert.match(environmentTagFault("environments", "latest")?.problem ?? "", /class latest/);
  });
});
