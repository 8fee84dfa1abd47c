import assert from "node:assert/strict";
import { declare, valueOf } from "./testing/mocks";
import { WorkflowFiles } from "./workflow-files";

const files = [
  { path: ".github/workflows/b.yml", content: "name: b\n" },
  { path: ".github/workflows/a.yml", content: "name: a\n" },
];
const repository = "albeorla/shop";

const declared = (overwrite?: readonly string[]) =>
  declare(
    () =>
      new WorkflowFiles("shop-files", {
        ...{ repository, branch: "trunk", files },
        ...(overwrite === undefined ? {} : { overwrite }),
      }),
    { answers: { FileSet: () => ({ pullRequest: "https://github.com/albeorla/shop/pull/7" }) } },
  );

describe("workflow files", () => {
  it("are one set in the repository, so that they change in one commit", async () => {
    assert.deepEqual((await declared()).tree(), ["WorkflowFiles shop-files", "  FileSet shop-files-set"]);
  });

  it("are written as rendered to the branch, and overwrite nothing of anyone's", async () => {
    assert.deepEqual((await declared()).get("FileSet", "shop-files-set").inputs, {
      repository,
      branch: "trunk",
      files: { ".github/workflows/a.yml": "name: a\n", ".github/workflows/b.yml": "name: b\n" },
      message: "Render the workflows",
      proposalBranch: "ghcr-platform/workflows",
    });
  });

  it("overwrite what they are told to", async () => {
    const agreed = [".github/workflows/a.yml@0123456"];
    const { inputs } = (await declared(agreed)).get("FileSet", "shop-files-set");
    assert.deepEqual(inputs["overwrite"], agreed);
  });

  it("say which paths they are and where they wait, to the program and in the state", async () => {
    const program = await declared();
    const outputs = {
      paths: [".github/workflows/a.yml", ".github/workflows/b.yml"],
      pullRequest: "https://github.com/albeorla/shop/pull/7",
    };
    assert.deepEqual(await valueOf(program.result.paths), outputs.paths);
    assert.deepEqual(program.outputsOf(program.get("WorkflowFiles", "shop-files")), outputs);
  });
});
