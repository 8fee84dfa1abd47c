import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ImageBuilder, type ImageBuilderArgs } from "./image-builder";
import { declare, plainText, valueOf } from "./testing/mocks";

const oneNode: ImageBuilderArgs["builder"] = {
  driver: "docker-container",
  nodes: [{ platforms: ["linux/amd64", "linux/arm64"] }],
};
const nodeAnArchitecture: ImageBuilderArgs["builder"] = {
  driver: "remote",
  nodes: [
    { endpoint: "tcp://amd64.example:1234", platforms: ["linux/amd64"] },
    { endpoint: "tcp://arm64.example:1234", platforms: ["linux/arm64"] },
    { endpoint: "tcp://both.example:1234", platforms: ["linux/amd64", "linux/arm64"] },
  ],
};

const declared = (args: () => ImageBuilderArgs) => declare(() => new ImageBuilder("builder", args()));
const withNodes = (builder: ImageBuilderArgs["builder"]) =>
  declared(() => ({ registry: "ghcr.io", builder }));

describe("an image builder", () => {
  it("is a provider that needs no Docker daemon, and a node for each one declared", async () => {
    assert.deepEqual((await withNodes(nodeAnArchitecture)).tree(), [
      "ImageBuilder builder",
      "  docker builder-buildx",
      "  BuildxBuilder builder-node-0",
      "  BuildxBuilder builder-node-1",
      "  BuildxBuilder builder-node-2",
    ]);
  });

  it("leaves the endpoint to the driver where none is declared", async () => {
    const node = (await withNodes(oneNode)).get("BuildxBuilder", "builder-node-0");
    assert.deepEqual(node.inputs, {
      name: "ghcr-platform",
      node: "node-0",
      append: false,
      driver: "docker-container",
      platforms: ["linux/amd64", "linux/arm64"],
    });
    assert.equal(node.provider, "builder-buildx");
  });

  it("appends every further node to the first one's builder, one after the other", async () => {
    const program = await withNodes(nodeAnArchitecture);
    const nodes = program.all("BuildxBuilder");
    assert.deepEqual(
      nodes.map(({ inputs: { name, node, append, endpoint, platforms } }) => ({
        name,
        node,
        append,
        endpoint,
        platforms,
      })),
      nodeAnArchitecture.nodes.map((declaredNode, index) => ({
        name: "ghcr-platform",
        node: `node-${index}`,
        append: index > 0,
        ...declaredNode,
      })),
    );
    const [first, second, third] = nodes;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    assert.ok(program.comesBefore(first, second) && program.comesBefore(second, third));
  });

  it("is made anew as a whole where any node changes, and deleted once, with its first node", async () => {
    const nodes = (await withNodes(nodeAnArchitecture)).all("BuildxBuilder");
    const trigger = JSON.stringify(nodeAnArchitecture);
    assert.deepEqual(
      nodes.map(({ replacementTrigger, deleteBeforeReplace, retainOnDelete }) => ({
        replacementTrigger,
        deleteBeforeReplace,
        retainOnDelete,
      })),
      [
        { replacementTrigger: trigger, deleteBeforeReplace: true, retainOnDelete: false },
        { replacementTrigger: trigger, deleteBeforeReplace: false, retainOnDelete: true },
        { replacementTrigger: trigger, deleteBeforeReplace: false, retainOnDelete: true },
      ],
    );
  });

  it("names itself once its last node is there", async () => {
    const program = await declare(() => {
      const builder = new ImageBuilder("builder", { registry: "ghcr.io", builder: nodeAnArchitecture });
      new pulumi.ComponentResource("test:index:User", "user", { uses: builder.builderName });
      return builder;
    });
    assert.equal(await valueOf(program.result.builderName), "ghcr-platform");
    for (const node of program.all("BuildxBuilder")) {
      assert.ok(program.comesBefore(node, program.get("User", "user")), node.name);
    }
  });

  it("builds the platforms of all its nodes, each named once", async () => {
    const program = await withNodes(nodeAnArchitecture);
    assert.deepEqual(program.result.platforms, ["linux/amd64", "linux/arm64"]);
    assert.deepEqual(program.outputsOf(program.get("ImageBuilder", "builder")), {
      builderName: "ghcr-platform",
      platforms: ["linux/amd64", "linux/arm64"],
    });
  });

  it("asks no Docker daemon, and no registry", async () => {
    const program = await declared(() => ({
      registry: "ghcr.io",
      builder: oneNode,
      credentials: { username: "albeorla", password: pulumi.secret("hunter2") },
    }));
    assert.deepEqual(program.get("docker", "builder-buildx").inputs, { disableDockerDaemonCheck: "true" });
    for (const each of program.registrations) {
      assert.doesNotMatch(plainText([each.inputs, program.outputsOf(each)]), /hunter2/, each.name);
    }
  });
});
