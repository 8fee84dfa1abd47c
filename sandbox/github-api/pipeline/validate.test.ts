import assert from "node:assert/strict";
import { Description } from "./description";
import { answerFaults } from "./validate";

const description = Description.committed();

function faults(id: string, status: number, body?: unknown): string[] {
  const operation = description.operations.find((one) => one.id === id);
  assert.ok(operation);
  return answerFaults(description, operation, { status }, body);
}

describe("an own answer", () => {
  it("is a fault where a property is missing or of another type", () => {
    const [missing, ...more] = faults("actions/get-repo-public-key", 200, { key_id: "1" });
    assert.deepEqual(more, []);
    assert.match(missing ?? "", /actions\/get-repo-public-key 200: .*'key'/);
    assert.equal(faults("actions/get-repo-public-key", 200, { key_id: 1, key: "k" }).length, 1);
    assert.deepEqual(faults("actions/get-repo-public-key", 200, { key_id: "1", key: "k" }), []);
  });

  it("is a fault with a status that is not documented, unless it is an error", () => {
    assert.equal(faults("actions/create-repo-variable", 200, {}).length, 1);
    assert.deepEqual(faults("actions/create-repo-variable", 409, { message: "Variable already exists" }), []);
  });

  it("is a fault with a body where there is none", () => {
    assert.equal(faults("repos/delete", 204, {}).length, 1);
    assert.deepEqual(faults("repos/delete", 204), []);
  });
});
