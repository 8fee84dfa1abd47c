import assert from "node:assert/strict";
import fc from "fast-check";
import { renamedDeclaration } from "./rename";

const file = (name: string, more = "") =>
  `export default defineService({\n  name: "${name}",\n${more}  // The one on call.\n  variables: { name: "pager" },\n});\n`;

describe("renaming a declaration", () => {
  it("changes the service's own name, keeps the former one, and leaves the rest alone", () => {
    assert.equal(
      renamedDeclaration(file("pager"), "pager", "oncall"),
      file("oncall", '  formerNames: ["pager"],\n'),
    );
  });

  it("adds to the names that are kept already", () => {
    const once = file("oncall", '  formerNames: ["pager"],\n');
    assert.equal(
      renamedDeclaration(once, "oncall", "duty"),
      file("duty", '  formerNames: ["pager", "oncall"],\n'),
    );
  });

  it("takes a former name that is used again out of them", () => {
    const once = file("oncall", '  formerNames: ["pager"],\n');
    assert.equal(renamedDeclaration(once, "oncall", "pager"), file("pager", '  formerNames: ["oncall"],\n'));
  });

  it("refuses a file that doesn't say the name plainly, or says it twice", () => {
    assert.equal(renamedDeclaration("export default defineService({ name });", "pager", "oncall"), undefined);
    assert.equal(renamedDeclaration(file("pager") + file("pager"), "pager", "oncall"), undefined);
  });

  it("never loses a name on the way through any number of them", () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{1,6}$/), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(names, ([first = "", ...rest]) => {
        let [text, current] = [file(first), first];
        for (const next of rest) {
          text = renamedDeclaration(text, current, next) ?? "";
          current = next;
        }
        assert.equal(
          text,
          file(
            current,
            `  formerNames: [${[first, ...rest]
              .slice(0, -1)
              .map((name) => `"${name}"`)
              .join(", ")}],\n`,
          ),
        );
      }),
    );
  });
});
