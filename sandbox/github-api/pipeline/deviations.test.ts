import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import type { OpenApi } from "../description/trim";
import { Description } from "./description";
import { deviations } from "./deviations";

const pristine = JSON.parse(readFileSync(join(__dirname, "../description/github.json"), "utf8")) as OpenApi;

/** Whether GitHub's description, as it is committed, takes the body. */
function takenAsDescribed(operationId: string, body: unknown): boolean {
  const { template, method } = operationOf(operationId);
  const ajv = addFormats(new Ajv({ strict: false, validateSchema: false }));
  ajv.addSchema({ $id: "github", ...pristine });
  const path = [
    "paths",
    template,
    method.toLowerCase(),
    "requestBody",
    "content",
    "application/json",
    "schema",
  ];
  const pointer = path.map((part) => encodeURIComponent(part.replaceAll("/", "~1"))).join("/");
  return ajv.compile({ $ref: `github#/${pointer}` })(body);
}

function operationOf(operationId: string) {
  const found = Description.committed().operations.find(({ id }) => id === operationId);
  assert.ok(found);
  return found;
}

describe("deviations from GitHub's description", () => {
  for (const { operation, why, example } of deviations) {
    it(`${operation}: ${why}`, () => {
      assert.equal(
        takenAsDescribed(operation, example),
        false,
        "the description takes it: the deviation can go",
      );
      assert.equal(Description.committed().requestBody(operationOf(operation))?.(example), true);
    });
  }

  it("are for operations that are described", () => {
    assert.ok(deviations.every(({ operation }) => operationOf(operation).whole));
  });
});
