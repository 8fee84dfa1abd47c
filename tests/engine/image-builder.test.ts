import assert from "node:assert/strict";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { startWorld, type World } from "./world";

/** A program of nothing but the builder. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { ImageBuilder } from "./components/image-builder";

const config = new pulumi.Config();
const nodes = config.requireObject<{ endpoint: string; platforms: "linux/amd64"[] }[]>("builderNodes");
const builder = new ImageBuilder("builder", {
  registry: config.require("registry"),
  builder: { driver: "remote", nodes },
});
export const builderName = builder.builderName;
`;

interface Node {
  readonly endpoint: string;
  readonly platforms: readonly string[];
}

describe("an image builder's nodes", () => {
  let world: World;
  let address: string;

  before(async () => {
    world = await startWorld({ files: { "index.ts": program } });
    address = world.sandbox.builder.address;
  });
  after(() => world.stop());

  /** Another address of the same BuildKit: buildx takes no endpoint twice. */
  function alias(name: string): string {
    const socket = join(world.program, "..", `${name}.sock`);
    symlinkSync(address.replace("unix://", ""), socket);
    return `unix://${socket}`;
  }

  async function up(...nodes: readonly Node[]): Promise<void> {
    const stack = world.stackWith({ config: { builderNodes: nodes } });
    await stack.prepare();
    const { code, output } = await stack.run("up", ["--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
  }

  /** What buildx has of the builder; undefined where it has none. */
  function instance(): readonly { readonly endpoint: string; readonly platforms: string }[] | undefined {
    const folder = join(world.sandbox.env["BUILDX_CONFIG"] ?? "", "instances");
    if (!readdirSync(folder).includes("ghcr-platform")) return undefined;
    const { Nodes: nodes } = JSON.parse(readFileSync(join(folder, "ghcr-platform"), "utf8")) as {
      Nodes: { Endpoint: string; Platforms: { os: string; architecture: string }[] }[];
    };
    return nodes.map(({ Endpoint: endpoint, Platforms: platforms }) => ({
      endpoint,
      platforms: platforms.map(({ os, architecture }) => `${os}/${architecture}`).join(),
    }));
  }

  it("are there as declared after every change: one less, one more, another address, and none at the end", async () => {
    const [amd64, arm64] = [{ platforms: ["linux/amd64"] }, { platforms: ["linux/arm64"] }];
    const [second, third] = [alias("second"), alias("third")];

    await up({ endpoint: address, ...amd64 }, { endpoint: second, ...arm64 });
    const both = [
      { endpoint: address, platforms: "linux/amd64" },
      { endpoint: second, platforms: "linux/arm64" },
    ];
    assert.deepEqual(instance(), both);

    await up({ endpoint: address, ...amd64 });
    assert.deepEqual(instance(), both.slice(0, 1));

    await up({ endpoint: address, ...amd64 }, { endpoint: second, ...arm64 });
    assert.deepEqual(instance(), both);

    await up({ endpoint: third, ...amd64 }, { endpoint: second, ...arm64 });
    assert.deepEqual(instance(), [{ endpoint: third, platforms: "linux/amd64" }, both[1]]);

    await up({ endpoint: third, ...amd64 }, { endpoint: second, ...arm64 });
    assert.deepEqual(Object.keys(await world.stack.lastChanges()), ["same"]);

    const { code, output } = await world.stack.run("destroy", ["--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.equal(instance(), undefined);
  });
});
