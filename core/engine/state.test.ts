import assert from "node:assert/strict";
import { stackServices, withoutService } from "./index";

const urn = (types: string, name: string) => `urn:pulumi:prod::ghcr-platform::${types}::${name}`;
const service = "ghcr-platform:index:ContainerService";
const todost = urn(service, "todost");
const image = urn(`${service}$ghcr-platform:index:PublishedImage`, "todost-image");
const build = urn(
  `${service}$ghcr-platform:index:PublishedImage$docker-build:index:Image`,
  "todost-image-build",
);

function state(...resources: readonly { urn: string; parent?: string }[]): string {
  return JSON.stringify({
    version: 3,
    deployment: {
      resources: resources.map((each) => ({ ...each, type: each.urn.split("::")[2]?.split("$").at(-1) })),
    },
  });
}

describe("a stack's services", () => {
  const stack = urn("pulumi:pulumi:Stack", "ghcr-platform-prod");
  const found = stackServices(
    state(
      { urn: stack },
      { urn: todost, parent: stack },
      { urn: image, parent: todost },
      { urn: build, parent: image },
      { urn: urn(service, "pager"), parent: stack },
      // Somebody's own component may hold a service; it is not one that this program declares.
      { urn: urn(`acme:index:Shop$${service}`, "till"), parent: urn("acme:index:Shop", "shop") },
    ),
  );

  it("are its components of that type, by name", () => {
    assert.deepEqual(found.names, ["pager", "todost"]);
    assert.equal(found.urnOf("todost"), todost);
    assert.equal(found.urnOf("till"), undefined);
  });

  it("hold all that is below them, at any depth, and nothing else", () => {
    assert.deepEqual(found.resourcesOf("todost"), [todost, image, build]);
    assert.deepEqual(found.resourcesOf("nobody"), []);
  });

  it("are none in a stack that was never brought up", () => {
    assert.deepEqual(stackServices('{"version":3,"deployment":{}}').names, []);
  });
});

describe("a state without a service", () => {
  const pager = urn(service, "pager");
  const files = urn("github:index/repositoryFile:RepositoryFile", "platform-files-x");
  const whole = JSON.parse(
    state(
      { urn: todost },
      { urn: image, parent: todost },
      { urn: build, parent: image },
      { urn: pager },
      { urn: files },
    ),
  ) as { deployment: { resources: Record<string, unknown>[] } };
  whole.deployment.resources[4] = {
    ...whole.deployment.resources[4],
    dependencies: [build, pager],
    propertyDependencies: { content: [build], branch: [pager], file: null },
    deletedWith: image,
  };

  it("lacks all that is below it, and what waits for that waits no more", () => {
    const { version, deployment } = JSON.parse(withoutService(JSON.stringify(whole), "todost")) as {
      version: number;
      deployment: { resources: Record<string, unknown>[] };
    };
    assert.equal(version, 3);
    assert.deepEqual(
      deployment.resources.map((each) => each["urn"]),
      [pager, files],
    );
    assert.deepEqual(deployment.resources[1], {
      ...{ urn: files, type: "github:index/repositoryFile:RepositoryFile" },
      dependencies: [pager],
      propertyDependencies: { content: [], branch: [pager], file: null },
    });
  });

  it("is the same state where it has no such service", () => {
    assert.deepEqual(JSON.parse(withoutService(JSON.stringify(whole), "nobody")), whole);
  });
});
