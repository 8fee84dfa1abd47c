import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { satisfies } from "semver";

const root = join(__dirname, "..");

interface Manifest {
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifest = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;

/** Texts of the sources that the package's entries lead to. */
function packedSources(): readonly string[] {
  const { include } = JSON.parse(readFileSync(join(root, "package/tsconfig.json"), "utf8")) as {
    include: string[];
  };
  const open = include.map((entry) => join(root, "package", entry));
  const texts = new Map<string, string>();
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (texts.has(path)) continue;
    const text = readFileSync(path, "utf8");
    texts.set(path, text);
    for (const [, target = ""] of text.matchAll(/from "(\.[^"]*)";$/gm)) {
      const at = join(dirname(path), target);
      const found = [`${at}.ts`, join(at, "index.ts")].find((file) => existsSync(file));
      if (found !== undefined) open.push(found);
    }
  }
  return [...texts.values()];
}

describe("the package of the components", () => {
  const own = manifest("package.json");
  const packed = manifest("package/package.json");
  const { dependencies, peerDependencies = {} } = packed;

  it("is of the platform's version, and can't be published by mistake", () => {
    assert.equal(packed.version, own.version);
    assert.equal(packed.private, true);
  });

  it("depends on what this program is tested with; Pulumi's packages are the program's own, to be there once", () => {
    for (const [name, version] of Object.entries(dependencies)) assert.equal(version, own.dependencies[name]);
    for (const [name, range] of Object.entries(peerDependencies)) {
      assert.match(name, /^@pulumi\//);
      assert.ok(satisfies(own.dependencies[name] ?? "", range), `${name} ${range}`);
    }
  });

  it("names every package that its sources import, and no other", () => {
    const imported = new Set(
      packedSources().flatMap((text) =>
        [...text.matchAll(/from "(@[^/"]+\/[^/"]+|[a-z][^/".:]*)(\/[^"]*)?";$/gm)].map(([, name]) => name),
      ),
    );
    assert.deepEqual([...imported].sort(), Object.keys({ ...dependencies, ...peerDependencies }).sort());
  });
});
