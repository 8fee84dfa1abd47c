import assert from "node:assert/strict";
import { defineService, resolveFleet } from "../fleet";
import { newServiceFaults, newServiceFiles, type NewService } from "./index";

const where = (field: string) => `--${field}`;
const codes = (wish: NewService, existing: readonly string[] = ["hello-python"]) =>
  newServiceFaults(wish, existing, where).map(({ code }) => code);

/** What the rendered declaration declares. */
function declared(wish: NewService) {
  const text = newServiceFiles(wish, new Map()).get("service.ts") ?? "";
  const [head = "", body = ""] = text.split("defineService(");
  assert.match(head, /^import \{ defineService \} from "\.\.\/\.\.\/core\/fleet";\n\nexport default $/);
  const declaration = new Function(`return (${body.replace(/\);\n$/, "")})`)() as Parameters<
    typeof defineService
  >[0];
  return { text, declaration: defineService(declaration) };
}

describe("a new service", () => {
  it("is declared in less than ten lines", () => {
    const { text, declaration } = declared({ name: "pager" });
    assert.ok(text.split("\n").length < 10, text);
    assert.deepEqual(declaration, { name: "pager" });
  });

  it("is declared as it was wished for, whatever the texts hold", () => {
    const { declaration } = declared({
      name: "pager",
      description: 'Says "hi" to \\ and `${all}`',
      starter: "typescript",
      environments: ["staging", "production", "eu-1"],
    });
    assert.deepEqual(declaration, {
      name: "pager",
      description: 'Says "hi" to \\ and `${all}`',
      runtime: "node",
      environments: { staging: {}, production: { refs: { tags: ["v*"] } }, "eu-1": {} },
    });
    resolveFleet({ platform: { name: "p" }, services: [{ where: "x", declaration }] });
  });

  it("may lie in a repository of its own", () => {
    const { declaration } = declared({ name: "billing", repository: "billing-api" });
    assert.deepEqual(declaration, { name: "billing", source: { repository: { name: "billing-api" } } });
  });

  it("has its own name in every file of its starter, and in the files' names", () => {
    const template = new Map([
      ["src/starter_service/main.py", "# starter-service: starter_service, starter-service"],
    ]);
    const files = newServiceFiles({ name: "night-pager", starter: "python" }, template);
    assert.deepEqual([...files].slice(1), [
      ["src/night_pager/main.py", "# night-pager: night_pager, night-pager"],
    ]);
  });

  it("is refused for each thing that is wrong with it, all at once", () => {
    assert.deepEqual(codes({ name: "pager", description: "Pages", environments: ["staging"] }), []);
    assert.deepEqual(codes({ name: "Bad Name!" }), ["invalid-service-name"]);
    assert.deepEqual(codes({ name: "hello-python" }), ["service-exists"]);
    assert.deepEqual(codes({ name: "pager", environments: ["latest", "1.2.3"] }), [
      "invalid-environment-tag",
      "invalid-environment-tag",
    ]);
    assert.deepEqual(codes({ name: "pager", description: "a\nb" }), ["invalid-description"]);
    assert.deepEqual(codes({ name: "pager", repository: "a/b", starter: "go" }), [
      "invalid-repository-name",
      "starter-elsewhere",
    ]);
  });
});
