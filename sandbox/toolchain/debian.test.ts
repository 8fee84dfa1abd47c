import assert from "node:assert/strict";
import { PlatformError } from "../../core/errors";
import { silentProgress } from "../progress";
import { ensureDebianPackages, type PackageManager } from "./debian";

/** A machine with some packages installed, some on its lists, and more on them after an update. */
function machine(options: { installed: string[]; listed: string[]; refusal?: string }) {
  const installed = new Set(options.installed);
  const did: string[] = [];
  let updated = false;
  const manager: PackageManager = {
    refusal: () => options.refusal,
    installed: async (name) => (installed.has(name) ? `1-${name}` : undefined),
    update: async () => {
      did.push("update");
      updated = true;
    },
    install: async (names) => {
      did.push(`install ${names.join(" ")}`);
      if (!updated && !names.every((name) => options.listed.includes(name)))
        throw new Error("Unable to locate");
      if (names.includes("nowhere")) throw new Error("Unable to locate package nowhere");
      for (const name of names) installed.add(name);
    },
  };
  return { did, ensure: (...names: string[]) => ensureDebianPackages(names, silentProgress, manager) };
}

describe("Debian packages", () => {
  it("are left alone where they are installed, wherever that is", async () => {
    const { did, ensure } = machine({ installed: ["runc"], listed: [], refusal: "this isn't Debian" });
    assert.deepEqual(await ensure("runc"), new Map([["runc", "1-runc"]]));
    assert.deepEqual(did, []);
  });

  it("are installed if they are missing, and only those", async () => {
    const { did, ensure } = machine({ installed: ["runc"], listed: ["skopeo"] });
    assert.deepEqual([...(await ensure("runc", "skopeo")).keys()], ["runc", "skopeo"]);
    assert.deepEqual(did, ["install skopeo"]);
  });

  it("are looked up first on a machine that has no package lists yet", async () => {
    const { did, ensure } = machine({ installed: [], listed: [] });
    assert.deepEqual([...(await ensure("runc")).keys()], ["runc"]);
    assert.deepEqual(did, ["install runc", "update", "install runc"]);
  });

  it("are named, all at once, where they can't be installed", async () => {
    const fails = (reason: RegExp) => (error: unknown) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "packages-missing");
      assert.match(error.message, reason);
      return true;
    };
    const foreign = machine({ installed: [], listed: [], refusal: "this isn't Debian" });
    await assert.rejects(
      foreign.ensure("runc", "skopeo"),
      fails(/runc, skopeo must be installed: this isn't Debian/),
    );
    assert.deepEqual(foreign.did, []);
    const unknown = machine({ installed: [], listed: [] });
    await assert.rejects(
      unknown.ensure("nowhere"),
      fails(/apt-get failed: Unable to locate package nowhere/),
    );
  });
});
