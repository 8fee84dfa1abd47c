import assert from "node:assert/strict";
import { missingDependencies, parseControl } from "./debian-control";

const LIBREADLINE = `Package: libreadline8
Source: readline
Version: 8.2-1.3
Architecture: amd64
Depends: readline-common, libc6 (>= 2.33),
 libtinfo6 (>= 6) | libtinfo6-compat:any
Description: GNU readline and history libraries, run-time libraries
 The GNU readline library aids in the consistency: of user interface.
 .
 Depends: nothing of this is a field
`;

describe("parseControl", () => {
  it("reads names and alternatives over folded lines, and no field from a description", () => {
    assert.deepEqual(parseControl(LIBREADLINE), {
      package: "libreadline8",
      version: "8.2-1.3",
      provides: [],
      depends: [["readline-common"], ["libc6"], ["libtinfo6", "libtinfo6-compat"]],
    });
  });

  it("takes Pre-Depends and Provides along", () => {
    const control = parseControl("Package: base-files\nPre-Depends: awk\nProvides: base (= 12), base-abi\n");
    assert.deepEqual([control.depends, control.provides], [[["awk"]], ["base", "base-abi"]]);
  });
});

describe("missingDependencies", () => {
  const libreadline = parseControl(LIBREADLINE);
  const libc = parseControl("Package: libc6\nVersion: 2.36\n");

  it("names what is neither there nor omitted on purpose", () => {
    assert.deepEqual(missingDependencies([libreadline, libc], []), [
      "libreadline8 needs libtinfo6 or libtinfo6-compat",
      "libreadline8 needs readline-common",
    ]);
  });

  it("is content with one of several alternatives, a virtual package, or an omission", () => {
    const terminal = parseControl("Package: ncurses\nProvides: libtinfo6-compat\n");
    assert.deepEqual(missingDependencies([libreadline, libc, terminal], ["readline-common"]), []);
  });
});
