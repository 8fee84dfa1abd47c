import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { handlers } from "../handlers";
import { Description } from "../pipeline/description";
import { keptOperations } from "./operations";
import { trimDescription, type OpenApi } from "./trim";

const text = readFileSync(join(__dirname, "github.json"), "utf8");

describe("the committed description", () => {
  it("has the digest that was recorded when it was made", () => {
    const record = JSON.parse(readFileSync(join(__dirname, "source.json"), "utf8")) as Record<
      string,
      unknown
    >;
    assert.equal(createHash("sha256").update(text).digest("hex"), record["sha256"]);
    assert.match(String(record["integrity"]), /^sha512-/);
  });

  it("keeps the operations that are listed, no more and no fewer", () => {
    const whole = Description.committed().operations.filter((operation) => operation.whole);
    assert.deepEqual(whole.map(({ id }) => id).sort(), [...keptOperations].sort());
  });

  it("knows every other operation of GitHub's by name", () => {
    const others = Description.committed().operations.filter((operation) => !operation.whole);
    assert.ok(others.length > 1000);
    assert.ok(
      others.some(
        ({ id, method }) =>
          id === "packages/list-docker-migration-conflicting-packages-for-user" && method === "GET",
      ),
    );
  });

  it("describes every operation that has a handler", () => {
    const unknown = Object.keys(handlers).filter((id) => !keptOperations.includes(id));
    assert.deepEqual(unknown, []);
  });

  it("compiles: every check of every request and answer", () => {
    const description = Description.committed();
    const { paths } = JSON.parse(text) as OpenApi;
    for (const operation of description.operations.filter(({ whole }) => whole)) {
      description.query(operation);
      description.requestBody(operation);
      const described = paths[operation.template]?.[operation.method.toLowerCase()] as { responses: object };
      for (const status of Object.keys(described.responses)) description.response(operation, Number(status));
    }
  }).timeout(60_000);
});

describe("trimming a description", () => {
  const document: OpenApi = {
    openapi: "3.0.3",
    info: { version: "1" },
    paths: {
      "/a": {
        get: {
          operationId: "a/get",
          summary: "prose",
          responses: { 200: { $ref: "#/components/responses/a" } },
        },
      },
      "/b": { put: { operationId: "b/put", responses: {} } },
    },
    components: {
      responses: { a: { content: { "application/json": { schema: { $ref: "#/components/schemas/a" } } } } },
      schemas: {
        a: {
          properties: {
            description: { type: "string", nullable: true, enum: ["x"], example: "x" },
            b: { nullable: true, $ref: "#/components/schemas/b" },
          },
        },
        b: { type: "object" },
        unused: {},
      },
    },
  };
  const trimmed = trimDescription(document, ["a/get"]);

  it("keeps what the operations reach, and nothing else", () => {
    assert.deepEqual(Object.keys(trimmed.components["schemas"] ?? {}).sort(), ["a", "b"]);
    assert.deepEqual(trimmed["x-other-operations"], { "PUT /b": "b/put" });
  });

  it("drops prose, but no property that is called as prose is", () => {
    assert.equal(JSON.stringify(trimmed).includes("prose"), false);
    const { properties } = trimmed.components["schemas"]?.["a"] as { properties: Record<string, unknown> };
    assert.deepEqual(properties["description"], { type: "string", nullable: true, enum: ["x", null] });
  });

  it("says null where nullable has no type beside it", () => {
    const { properties } = trimmed.components["schemas"]?.["a"] as { properties: Record<string, unknown> };
    assert.deepEqual(properties["b"], { anyOf: [{ $ref: "#/components/schemas/b" }, { type: "null" }] });
  });

  it("names every operation that the document doesn't have", () => {
    assert.throws(() => trimDescription(document, ["a/get", "c/get", "d/get"]), /c\/get, d\/get/);
  });
});
