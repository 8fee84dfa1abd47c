/** The Pulumi program, with what it is compiled to kept: the compiler is half of a small preview's time. */
"use strict";
// After the host has registered its own compiler, so that this one is asked.
require("./loader/typescript.cjs");
module.exports = require("./index.ts");
