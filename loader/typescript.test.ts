import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const loader = join(__dirname, "typescript.cjs");
const program = `interface Shape {
  readonly sides: number;
}

const shape: Shape = { sides: 3 };
if (shape.sides === 3) throw new Error("a triangle");
`;

describe("TypeScript that is compiled once", () => {
  const top = mkdtempSync(join(tmpdir(), "ghcr-platform-loader-"));
  const compiled = join(top, "cache", "ghcr-platform", "compiled");
  after(() => rmSync(top, { recursive: true }));

  function run(folder: string, content = program): string {
    mkdirSync(join(top, folder), { recursive: true });
    writeFileSync(join(top, folder, "shape.ts"), content);
    const { stderr } = spawnSync(process.execPath, ["-r", loader, join(top, folder, "shape.ts")], {
      encoding: "utf8",
      env: { ...process.env, XDG_CACHE_HOME: join(top, "cache"), NODE_OPTIONS: "" },
    });
    return stderr;
  }

  it("names in a stack the line that was written, compiled just now or long ago, in any checkout", () => {
    for (const folder of ["one", "one", "other"]) {
      const said = run(folder);
      assert.match(said, /Error: a triangle/);
      assert.ok(said.includes(`${join(top, folder, "shape.ts")}:6:`), said);
    }
    assert.equal(readdirSync(compiled).length, 1);
  });

  it("is compiled anew when its content changes", () => {
    assert.match(run("one", program.replace("a triangle", "three sides")), /Error: three sides/);
    assert.equal(readdirSync(compiled).length, 2);
  });

  it("runs without a cache where none can be written", () => {
    rmSync(join(top, "cache"), { recursive: true });
    writeFileSync(join(top, "cache"), "in the way");
    assert.match(run("one"), /Error: a triangle/);
  });
});
