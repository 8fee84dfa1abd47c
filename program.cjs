/** The Pulumi program, with what it is compiled to kept: the compiler is half of a small preview's time. */
"use strict";
// After the host has registered its own compiler, so that this one is asked.
require("./loader/typescript.cjs");
if (process.env["GHCR_DEBUG_LINES"] !== "true") {
  // The SDK tells the engine some ten lines a resource, one after the other, and the engine shows none of them unless
  // it is run with --debug: a quarter of a large preview's processor time.
  require("@pulumi/pulumi").log.debug = () => Promise.resolve();
}
module.exports = require("./index.ts");
