import assert from "node:assert/strict";
import { declare, valueOf } from "./testing/mocks";
import { WorkflowFiles } from "./workflow-files";

const files = [
  { path: ".github/workflows/a.yml", content: "name: a\n" },
  { path: ".github/workflows/b.yml", content: "name: b\n" },
  { path: ".github/workflows/c.yml", content: "name: c\n" },
];

const declared = () =>
  declare(() => new WorkflowFiles("shop-files", { repository: "shop", branch: "trunk", files }));

describe("workflow files", () => {
  it("are each one file in the repository", async () => {
    assert.deepEqual((await declared()).tree(), [
      "WorkflowFiles shop-files",
      ...files.map(({ path }) => `  RepositoryFile shop-files-${path}`),
    ]);
  });

  it("are committed as rendered, on the branch, in the place of what lies there", async () => {
    const [first] = (await declared()).all("RepositoryFile");
    assert.deepEqual(first?.inputs, {
      repository: "shop",
      branch: "trunk",
      file: ".github/workflows/a.yml",
      content: "name: a\n",
      commitMessage: "Render .github/workflows/a.yml",
      overwriteOnCreate: true,
    });
  });

  it("are written one after the other, in the order given", async () => {
    const program = await declared();
    const [a, b, c] = program.all("RepositoryFile");
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    assert.ok(program.comesBefore(a, b) && program.comesBefore(b, c));
    assert.ok(!program.comesBefore(b, a) && !program.comesBefore(c, b));
  });

  it("say which paths are committed, to the program and in the state", async () => {
    const program = await declared();
    const paths = files.map(({ path }) => path);
    assert.deepEqual(await valueOf(program.result.paths), paths);
    assert.deepEqual(program.outputsOf(program.get("WorkflowFiles", "shop-files")), { paths });
  });
});
