import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tools } from "../../core/workflow";
import { catalogue, type ToolSpec } from "./catalogue";
import { goFault, requiredGo } from "./go-build";
import { currentPlatform } from "./platform";
import { committedReleases, pinnedRelease, platformOf, releaseUrl } from "./release-lock";

const root = join(__dirname, "..", "..");
const linux = { os: "linux", arch: "amd64" } as const;
const built = catalogue.filter(
  (tool): tool is ToolSpec & Required<Pick<ToolSpec, "go">> => tool.go !== undefined,
);

function manifest(folder: string): string {
  return readFileSync(join(__dirname, "go", folder, "go.mod"), "utf8");
}

describe("the catalogue of tools", () => {
  it("has each plugin at the version of the npm package that drives it", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const plugins = catalogue.filter(({ plugin }) => plugin !== undefined);
    assert.equal(plugins.length, 4);
    for (const { plugin, version } of plugins) assert.equal(dependencies[`@pulumi/${plugin}`], version);
  });

  it("builds the versions that it says, from modules with sums", () => {
    // The plugins that are bridged have their version from the linker alone; their upstream's is in go.mod.
    const modules: Readonly<Record<string, string>> = {
      pulumi: "github.com/pulumi/pulumi/pkg/v3 v",
      "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3 v",
      "pulumi-resource-docker-build": "github.com/pulumi/pulumi-docker-build v",
      buildkitd: "github.com/moby/buildkit v",
      registry: "github.com/distribution/distribution/v3 v",
      trivy: "github.com/aquasecurity/trivy v",
      cosign: "github.com/sigstore/cosign/v3 v",
    };
    for (const { name, version, go } of built) {
      const module = modules[name];
      if (module !== undefined) assert.ok(manifest(go.folder).includes(`${module}${version}`), name);
      // It is part of this project and has Trivy's version: its module is Trivy's.
      if (name === "vulnerability-db") continue;
      assert.ok(
        Object.values(go.variables).some((value) => value.replace(/^v/, "") === version),
        name,
      );
      assert.ok(readFileSync(join(__dirname, "go", go.folder, "go.sum"), "utf8").length > 0);
    }
  });

  it("gives every release an address, and a source for every checksum", () => {
    const releases = committedReleases();
    for (const [name, release] of Object.entries(releases)) {
      assert.equal(release.version, catalogue.find((tool) => tool.name === name)?.version, name);
      for (const [key, { sha256, source }] of Object.entries(release.platforms)) {
        const address = releaseUrl(release, release.url, platformOf(key as `linux-amd64`));
        const ending = release.executable === undefined ? ".tar.gz" : "";
        assert.ok(/^https:\/\/[^{}]+$/.test(address) && address.endsWith(ending), address);
        assert.equal(sha256 === null, source === undefined, `${name} ${key}`);
      }
    }
    assert.deepEqual(
      catalogue.filter(({ name }) => releases[name] === undefined).map(({ name }) => name),
      ["pulumi-language-nodejs", "vulnerability-db"],
    );
  });

  it("names the architecture as the publisher does", () => {
    const release = committedReleases()["pulumi"];
    assert.ok(release);
    assert.equal(
      releaseUrl(release, release.url, linux),
      "https://get.pulumi.com/releases/sdk/pulumi-v3.274.1-linux-x64.tar.gz",
    );
    assert.match(
      releaseUrl(release, release.url, { os: "darwin", arch: "arm64" }),
      /-darwin-arm64\.tar\.gz$/,
    );
  });

  for (const tool of ["trivy", "cosign"] as const) {
    it(`is one version of ${tool}, here and in the rendered workflows`, () => {
      const { version, sha256 } = tools[tool];
      assert.equal(catalogue.find(({ name }) => name === tool)?.version, version);
      for (const arch of ["amd64", "arm64"] as const) {
        const release = pinnedRelease(committedReleases(), tool, version, { os: "linux", arch });
        assert.ok(typeof release !== "string");
        assert.equal(release.sha256, sha256[`linux/${arch}`]);
      }
    });
  }

  it("says why a release isn't to be downloaded", () => {
    const pin = { sha256: null };
    const release = { version: "1.0.0", url: "u", folder: ".", platforms: { "linux-amd64": pin } };
    const ask = (version: string, arch: "amd64" | "arm64") =>
      pinnedRelease({ registry: release }, "registry", version, { os: "linux", arch });
    assert.equal(ask("1.0.0", "amd64"), "no checksum is pinned for linux-amd64");
    assert.equal(ask("1.0.0", "arm64"), "isn't published for linux-arm64");
    assert.equal(ask("1.1.0", "amd64"), "the lock file has 1.0.0, not 1.1.0");
    assert.equal(pinnedRelease({}, "registry", "1.0.0", linux), "has no release of its own");
  });

  it("says which Go a build needs, unless Go can fetch a newer one itself", () => {
    for (const { go } of built) {
      const wanted = requiredGo(go);
      assert.equal(goFault(go, wanted, "local"), undefined);
      assert.equal(goFault(go, "1.20.0", "auto"), undefined);
      assert.equal(goFault(go, "1.20.0", "local"), `needs Go ${wanted} or newer, not 1.20.0`);
      assert.equal(goFault(go, undefined, "auto"), `needs Go ${wanted} or newer, and there is none on PATH`);
    }
  });

  it("is made for Linux and macOS on two architectures", () => {
    assert.deepEqual(currentPlatform("linux", "x64"), { os: "linux", arch: "amd64" });
    assert.deepEqual(currentPlatform("darwin", "arm64"), { os: "darwin", arch: "arm64" });
    assert.throws(() => currentPlatform("win32", "x64"), /Linux and macOS.*"win32 on x64"/);
  });
});
