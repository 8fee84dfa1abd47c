import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { importFaults, type SourceFile } from "./import-rules";

const root = join(__dirname, "..");

/** The services' own programs and what is installed or generated are no part of the platform's program. */
const elsewhere = /(^|\/)(node_modules|bin|dist|\.[^/]+)\/|^(services|starters)\/[^/]+\/(src|test)\//;

function projectSources(): readonly SourceFile[] {
  return readdirSync(root, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() && !elsewhere.test(`${entry.name}/`)
        ? readdirSync(join(root, entry.name), { withFileTypes: true, recursive: true })
        : [entry],
    )
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, "/"))
    .filter((path) => !elsewhere.test(path))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

const faultsOf = (path: string, text: string) => importFaults([{ path, text }]);

/**
 * What breaks a rule and was looked at: without the line's number. A line that no longer holds must go, so that this
 * only ever gets shorter.
 */
const known = [
  // A hash of its argument alone; core/ has no pure one of its own.
  "core/retention/fingerprint.ts imports node:crypto: no package for core",
];

describe("the project's imports", () => {
  const sources = projectSources();

  it("go in the declared directions, everywhere", () => {
    const faults = importFaults(sources);
    const withoutLine = faults.map((fault) => fault.replace(/^(\S+):\d+ /, "$1 "));
    assert.deepEqual(
      faults.filter((_fault, index) => !known.includes(withoutLine[index] ?? "")),
      [],
    );
    assert.deepEqual(
      known.filter((line) => !withoutLine.includes(line)),
      [],
      "no longer true: take the line out",
    );
  });

  it("were read in every part of the project", () => {
    const parts = new Set(sources.map(({ path }) => path.split("/")[0]));
    for (const part of ["core", "clients", "components", "services", "cli", "sandbox", "tests", "index.ts"]) {
      assert.ok(parts.has(part), part);
    }
    assert.ok(sources.some(({ path }) => path === "services/todost/service.ts"));
  });
});

describe("the rules of imports", () => {
  const broken: readonly (readonly [rule: string, path: string, text: string, fault: RegExp])[] = [
    ["core takes no Pulumi", "core/x/a.ts", 'import * as p from "@pulumi/pulumi";', /no package for core/],
    ["core takes no file system", "core/x/a.ts", 'import { readFileSync } from "node:fs";', /no package/],
    ["core takes no network client", "core/x/a.ts", 'export * from "@octokit/rest";', /no package/],
    ["core takes no other part", "core/x/a.ts", 'import "../../clients/git";', /core doesn't import clients/],
    ["components ask no client", "components/a.ts", 'import "../clients/git";', /doesn't import clients/],
    [
      "components ask no client for types",
      "components/a.ts",
      'import type { G } from "../clients/git";',
      /clients/,
    ],
    ["components don't know the sandbox", "components/a.ts", 'import "../sandbox/ports";', /sandbox/],
    ["components bring only Pulumi", "components/a.ts", 'import "node:fs";', /no package for components/],
    ["clients know no component", "clients/a.ts", 'import "../components/a";', /doesn't import components/],
    ["the provider knows no component", "provider/a.ts", 'import "../components/a";', /components/],
    ["nobody imports the command", "sandbox/a.ts", 'import { run } from "../cli/program";', /import cli/],
    ["tests neither", "tests/engine/a.test.ts", 'import "../../cli/program";', /tests doesn't import cli/],
    ["the root neither", "index.ts", 'import "./cli/program";', /index.ts doesn't import cli/],
    ["the product knows no sandbox", "cli/a.ts", 'import "../sandbox/ports";', /cli doesn't import sandbox/],
    ["the sandbox runs no component", "sandbox/a.ts", 'import { C } from "../components/a";', /components/],
    [
      "a declaration is data",
      "services/x/service.ts",
      'import "../../core/tags";',
      /core\/fleet and nothing/,
    ],
    [
      "a declaration needs no package",
      "services/x/service.ts",
      'import "semver";',
      /core\/fleet and nothing/,
    ],
    ["core has doors", "clients/a.ts", 'import "../core/tags/decide";', /door of core\/tags is its index/],
    ["core has doors inside", "core/x/a.ts", 'import "../tags/decide";', /door of core\/tags/],
    ["core has doors for tests", "core/x/a.test.ts", 'import "../tags/decide";', /door of core\/tags/],
    ["core has doors for types", "cli/a.ts", 'let t: import("../core/tags/move").M;', /door of core\/tags/],
    ["a mock is for tests", "components/a.ts", 'import "./testing/mocks";', /only tests/],
    [
      "a new part needs a rule",
      "extras/a.ts",
      'import "../core/tags";',
      /doesn't say what extras may import/,
    ],
    ["require is an import", "core/x/a.ts", 'const fs = require("node:fs");', /no package for core/],
    ["import() is an import", "core/x/a.ts", 'void import("node:net");', /no package for core/],
    ["import = is an import", "core/x/a.ts", 'import fs = require("node:fs");', /no package for core/],
    ["no import is computed in core", "core/x/a.ts", "require(name);", /uses a computed import/],
    ["core has no clock", "core/x/a.ts", "const now = Date.now();", /uses Date\.now/],
    ["core has no clock by another name", "core/x/a.ts", "const now = new Date();", /uses new Date\(\)/],
    ["core has no clock as text", "core/x/a.ts", "const now = Date();", /uses Date\(\)/],
    ["core has no dice", "core/x/a.ts", "const die = Math.random();", /uses Math\.random/],
    ["core has no environment", "core/x/a.ts", 'const t = process.env["T"];', /uses process/],
    ["core has no environment in a shorthand", "core/x/a.ts", "run({ process });", /uses process/],
    ["core asks nobody", "core/x/a.ts", 'await fetch("https://x.example");', /uses fetch/],
    ["core prints nothing", "core/x/a.ts", 'console.log("x");', /uses console/],
  ];
  for (const [rule, path, text, fault] of broken) {
    it(`find what breaks them: ${rule}`, () => {
      const faults = faultsOf(path, `\n${text}`);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.ok(faults[0]?.startsWith(`${path}:2 `), faults[0]);
      assert.match(faults[0] ?? "", fault);
    });
  }

  const kept: readonly (readonly [rule: string, path: string, text: string])[] = [
    ["pure libraries in core", "core/x/a.ts", 'import semver from "semver"; import { z } from "zod";'],
    ["neighbours in a subject", "core/x/jobs/a.ts", 'import "../model"; import "../../errors";'],
    ["doors between subjects", "core/x/a.ts", 'import { parseTag } from "../tags";'],
    ["a time that is given", "core/x/a.ts", "const at = new Date(text); const y = at.now;"],
    ["a name of one's own", "core/x/a.ts", "const process = (step: Step) => step; process(first);"],
    [
      "a field that is called so",
      "core/x/a.ts",
      "const s = { console: 1, fetch: f }; s.console; type T = { process: string };",
    ],
    ["what stands in a text", "core/x/a.ts", "const line = \"import x from 'node:fs'; process.exit()\";"],
    ["files and clocks in core's tests", "core/x/a.test.ts", 'import "node:fs"; const now = Date.now();'],
    ["what tests share", "sandbox/x/trial.ts", 'import "../../clients/testing/images";'],
    ["generators for tests", "bench/a.ts", 'import { anyPackage } from "../core/x/testing/arbitrary";'],
    [
      "Pulumi in components",
      "components/a.ts",
      'import * as g from "@pulumi/github"; import "../core/fleet";',
    ],
    [
      "a declaration's one import",
      "services/x/service.ts",
      'import { defineService } from "../../core/fleet";',
    ],
    ["a component's types in the sandbox", "sandbox/a.ts", 'import type { O } from "../components/a";'],
    ["clients at the root", "index.ts", 'import "./clients/preflight"; import "./components/a";'],
  ];
  for (const [rule, path, text] of kept) {
    it(`leave alone what keeps them: ${rule}`, () => {
      assert.deepEqual(faultsOf(path, text), []);
    });
  }
});
