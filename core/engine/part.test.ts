import assert from "node:assert/strict";
import { partOfState } from "./index";

const urn = (type: string, name: string) => `urn:pulumi:prod::ghcr-platform::${type}::${name}`;
const service = (name: string) => urn("ghcr-platform:index:ContainerService", name);
const secret = (name: string) =>
  urn("ghcr-platform:index:ContainerService$github:index/actionsSecret:ActionsSecret", name);

function checkpoint() {
  const root = { urn: urn("pulumi:pulumi:Stack", "prod"), type: "pulumi:pulumi:Stack", custom: false };
  const files = urn("ghcr:index:FileSet", "platform");
  const of = (name: string) => [
    { urn: service(name), type: "ghcr-platform:index:ContainerService", parent: root.urn },
    {
      urn: secret(name),
      type: "github:index/actionsSecret:ActionsSecret",
      parent: service(name),
      dependencies: [service(name)],
      propertyDependencies: { repository: [service(name)] },
      inputs: { value: { ciphertext: "c" } },
    },
  ];
  const shared = {
    urn: files,
    type: "ghcr:index:FileSet",
    parent: root.urn,
    dependencies: [secret("todost"), secret("pager")],
    propertyDependencies: { files: [secret("pager")] },
    deletedWith: secret("pager"),
  };
  const latest = {
    manifest: { version: "v3" },
    secrets_providers: { type: "passphrase" },
    resources: [root, ...of("todost"), ...of("pager"), shared],
    pending_operations: [{ type: "creating", resource: { urn: secret("pager") } }],
  };
  return { version: 3, checkpoint: { stack: "organization/ghcr-platform/prod", latest } };
}

interface Part {
  readonly checkpoint: { readonly stack: string; readonly latest: { readonly resources: { urn: string }[] } };
}

describe("the part of a state for a few services", () => {
  const part = (services: readonly string[]) =>
    JSON.parse(partOfState(JSON.stringify(checkpoint()), services)) as Part;

  it("holds theirs with what is nobody's, and no word of the others", () => {
    const { latest, stack } = part(["todost"]).checkpoint;
    assert.equal(stack, "organization/ghcr-platform/prod");
    assert.deepEqual(
      latest.resources.map((each) => each.urn.split("::").slice(-1)[0]),
      ["prod", "todost", "todost", "platform"],
    );
    assert.ok(!JSON.stringify(latest).includes("pager"));
    assert.deepEqual(latest.resources.at(-1), {
      urn: urn("ghcr:index:FileSet", "platform"),
      type: "ghcr:index:FileSet",
      parent: urn("pulumi:pulumi:Stack", "prod"),
      dependencies: [secret("todost")],
      propertyDependencies: { files: [] },
    });
  });

  it("keeps the rest of the file as it is", () => {
    const whole = part(["todost", "pager"]);
    const before = checkpoint();
    assert.deepEqual(
      whole.checkpoint.latest.resources.map((each) => each.urn),
      before.checkpoint.latest.resources.map((each) => each.urn),
    );
    assert.deepEqual({ ...whole, checkpoint: 0 }, { ...before, checkpoint: 0 });
    const [one, other] = [whole.checkpoint.latest, before.checkpoint.latest] as unknown as Record<
      string,
      unknown
    >[];
    assert.deepEqual(one?.["secrets_providers"], other?.["secrets_providers"]);
  });

  it("is all of a stack that was never updated", () => {
    const text = '{"version":3,"checkpoint":{"stack":"organization/ghcr-platform/prod"}}';
    assert.equal(partOfState(text, ["todost"]), text);
  });

  it("refuses what is no checkpoint", () => {
    assert.throws(() => partOfState("{}", []));
  });
});
