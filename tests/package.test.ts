import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { satisfies } from "semver";

const root = join(__dirname, "..");

interface Manifest {
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const manifest = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;

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
    const sources = ["components", "core"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /(?<!\.test)\.ts$/.test(entry.name))
        .filter((entry) => !/\/testing(\/|$)/.test(entry.parentPath))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")),
    );
    const imported = new Set(
      sources.flatMap((text) =>
        [...text.matchAll(/from "(@[^/"]+\/[^/"]+|[a-z][^/".:]*)(\/[^"]*)?";$/gm)].map(([, name]) => name),
      ),
    );
    assert.deepEqual([...imported].sort(), Object.keys({ ...dependencies, ...peerDependencies }).sort());
  });
});
