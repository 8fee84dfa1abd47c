/**
 * The plugins that this machine uses, built or downloaded, against the npm packages that drive them: for every
 * resource and function that the components use, the same properties under the same names, nested ones too.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { terminalProgress } from "../../../sandbox/progress";
import { run } from "../../../sandbox/run";
import { resolveToolchain, type Toolchain } from "../../../sandbox/toolchain";
import { parseSchema, schemaInterface, type PackageSchema } from "./schema-shape";
import { SdkDeclarations } from "./sdk-shape";
import { difference } from "./shape";

const root = join(__dirname, "..", "..", "..");

/** What the components use: where it is in the npm package, and its token. */
const used = {
  github: [
    "Repository",
    "BranchDefault",
    "ActionsSecret",
    "ActionsVariable",
    "RepositoryEnvironment",
    "RepositoryEnvironmentDeploymentPolicy",
    "ActionsEnvironmentSecret",
    "ActionsEnvironmentVariable",
    "RepositoryRuleset",
    "ActionsRepositoryPermissions",
    "WorkflowRepositoryPermissions",
  ].map((name) => [name, bridged("github", name)] as const),
  docker: [["BuildxBuilder", bridged("docker", "BuildxBuilder")]],
  "docker-build": [["Image", "docker-build:index:Image"]],
  command: [["local.Command", "command:local:Command"]],
} as const satisfies Record<string, readonly (readonly [string, string])[]>;

/** What the stand-in for @pulumi/command refuses by name; its README says so too. */
const notInStandIn = {
  inputs: ["- archivePaths[]?: scalar", "- assetPaths[]?: scalar"],
  outputs: ["- archive: object", "- archivePaths[]: scalar", "- assetPaths[]: scalar", "- assets: map"],
};

function bridged(pkg: string, name: string): string {
  return `${pkg}:index/${name[0]?.toLowerCase()}${name.slice(1)}:${name}`;
}

describe("plugins and the npm packages that drive them", () => {
  let toolchain: Toolchain;
  before(async () => {
    toolchain = await resolveToolchain({ root, progress: terminalProgress() });
  });

  for (const pkg of ["github", "docker", "docker-build", "command"] as const) {
    describe(`@pulumi/${pkg}`, () => {
      let sdk: SdkDeclarations;
      let schema: PackageSchema;
      before(async () => {
        sdk = new SdkDeclarations(root, `@pulumi/${pkg}`);
        const env = { ...process.env, ...toolchain.env() };
        const plugin = toolchain.bin(`pulumi-resource-${pkg}`);
        schema = parseSchema(await run(toolchain.bin("pulumi"), ["package", "get-schema", plugin], { env }));
      });

      for (const [name, token] of used[pkg]) {
        it(`agree on ${name}`, () => {
          const plugin = schemaInterface(schema, token);
          assert.ok(plugin, `the plugin has no ${token}`);
          const from = toolchain.tools.find((tool) => tool.name === `pulumi-resource-${pkg}`)?.from;
          const lacks = from === "stand-in" ? notInStandIn : { inputs: [], outputs: [] };
          const { inputs, outputs } = sdk.interface(name);
          assert.ok(inputs.size > 0 && outputs.size > 0);
          assert.deepEqual(difference(inputs, plugin.inputs), lacks.inputs, "inputs");
          assert.deepEqual(difference(outputs, plugin.outputs), lacks.outputs, "outputs");
        });
      }

      it("agree on the provider", () => {
        const plugin = schemaInterface(schema, "provider");
        assert.deepEqual(difference(sdk.interface("Provider").inputs, plugin?.inputs ?? new Set()), []);
      });
    });
  }
});
