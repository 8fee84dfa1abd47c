/**
 * TypeScript for `require`, each content compiled once on a machine: the compiler would be most of the start of the
 * `ghcr` command, of a plugin and of the Pulumi program. What is compiled lies in
 * $XDG_CACHE_HOME/ghcr-platform/compiled (or ~/.cache), named by all that it was made from.
 */
"use strict";
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { homedir } = require("node:os");
const { basename, join } = require("node:path");

const project = join(__dirname, "..", "tsconfig.json");
const folder = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "ghcr-platform", "compiled");
const basis = createHash("sha256")
  .update(require("typescript/package.json").version)
  .update(readFileSync(project))
  .update(readFileSync(__filename));
let compiler;
// Stacks name the lines that were written.
process.setSourceMapsEnabled(true);

// ts-node's own way in; Node has no other for CommonJS that may also be read from a cache.
require.extensions[".ts"] = (module, file) => {
  const source = readFileSync(file, "utf8");
  const name = basename(file);
  const place = join(folder, `${basis.copy().update(name).update("\0").update(source).digest("hex")}.js`);
  module._compile(read(place) ?? compile(source, file, place), file);
};

function read(place) {
  try {
    return readFileSync(place, "utf8");
  } catch {
    return undefined;
  }
}

function compile(source, file, place) {
  compiler ??= require("ts-node").create({ transpileOnly: true, project });
  const compiled = nameless(compiler.compile(source, file), basename(file));
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Whole or not at all: two processes may start at once.
    writeFileSync(`${place}.${process.pid}`, compiled, { mode: 0o600 });
    renameSync(`${place}.${process.pid}`, place);
  } catch {
    // A cache that can't be written makes the start slower and nothing else.
  }
  return compiled;
}

/** The source map names the file beside it, so that what is compiled serves every checkout. */
function nameless(compiled, name) {
  return compiled.replace(
    /(\/\/# sourceMappingURL=data:[^,]*;base64,)([A-Za-z0-9+/=]+)\s*$/,
    (_all, head, map) => {
      const fields = {
        ...JSON.parse(Buffer.from(map, "base64").toString()),
        sources: [name],
        file: name,
        sourceRoot: "",
      };
      return head + Buffer.from(JSON.stringify(fields)).toString("base64");
    },
  );
}
