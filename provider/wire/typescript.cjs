/**
 * TypeScript for `require`, each file compiled once on a machine: a plugin starts with every preview and every up,
 * and the compiler would be most of that. What is compiled lies in $XDG_CACHE_HOME/ghcr-platform/compiled (or
 * ~/.cache), named by all that it was made from.
 */
"use strict";
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const { homedir } = require("node:os");
const { join } = require("node:path");

const project = process.env["TS_NODE_PROJECT"];
const folder = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "ghcr-platform", "compiled");
const basis = createHash("sha256")
  .update(require("typescript/package.json").version)
  .update(readFileSync(project));
let compiler;
// Stacks name the lines that were written.
process.setSourceMapsEnabled(true);

// ts-node's own way in; Node has no other for CommonJS that may also be read from a cache.
require.extensions[".ts"] = (module, file) => {
  const source = readFileSync(file, "utf8");
  const place = join(folder, `${basis.copy().update(file).update("\0").update(source).digest("hex")}.js`);
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
  const compiled = compiler.compile(source, file);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Whole or not at all: two plugins may start at once.
    writeFileSync(`${place}.${process.pid}`, compiled, { mode: 0o600 });
    renameSync(`${place}.${process.pid}`, place);
  } catch {
    // A cache that can't be written makes the start slower and nothing else.
  }
  return compiled;
}
