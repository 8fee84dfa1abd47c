import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../../core/errors";
import { chooseBuilder } from ".";
import { buildArguments } from "./builder";
import { writeBuildxInstance } from "./buildx-instance";
import { buildkitdConfig } from "./config";

describe("buildArguments", () => {
  it("ends with SOURCE_DATE_EPOCH, which no argument of the caller's overrides", () => {
    const request = { context: ".", platforms: [], names: [], sourceDateEpoch: 12 };
    assert.deepEqual(buildArguments({ ...request, buildArgs: { SOURCE_DATE_EPOCH: "99", VERSION: "1" } }), [
      ["SOURCE_DATE_EPOCH", "12"],
      ["VERSION", "1"],
    ]);
  });
});

describe("buildkitdConfig", () => {
  it("names its socket, its platforms, its limits and the registries that speak plain HTTP", () => {
    const config = buildkitdConfig({
      root: '/home/o"dd/buildkit',
      address: "unix:///run/x/buildkitd.sock",
      telemetrySocket: "/run/x/otel.sock",
      platforms: ["linux/amd64", "linux/arm64"],
      registries: ["127.0.0.1:18481", "127.0.0.1:18482"],
    });
    assert.equal(
      config,
      `root = "/home/o\\"dd/buildkit"

[grpc]
  address = ["unix:///run/x/buildkitd.sock"]

[otel]
  socketPath = "/run/x/otel.sock"

[worker.containerd]
  enabled = false

[worker.oci]
  enabled = true
  # Named, not detected: images that only copy files are built for a platform without being able to run it.
  platforms = ["linux/amd64", "linux/arm64"]
  gc = true

  [[worker.oci.gcpolicy]]
    filters = ["type==source.local", "type==exec.cachemount", "type==source.git.checkout"]
    keepDuration = "48h"
    maxUsedSpace = "512MB"

  [[worker.oci.gcpolicy]]
    all = true
    reservedSpace = "1GB"
    maxUsedSpace = "5GB"
    minFreeSpace = "5GB"

[registry."127.0.0.1:18481"]
  http = true

[registry."127.0.0.1:18482"]
  http = true
`,
    );
  });
});

describe("writeBuildxInstance", () => {
  it("writes what buildx reads, over what stood there", () => {
    const folder = mkdtempSync(join(tmpdir(), "buildx-"));
    try {
      writeBuildxInstance(folder, { name: "sandbox", endpoint: "unix:///old.sock" });
      writeBuildxInstance(folder, { name: "sandbox", endpoint: "unix:///run/buildkitd.sock" });
      const instance = JSON.parse(readFileSync(join(folder, "instances", "sandbox"), "utf8")) as unknown;
      assert.deepEqual(instance, {
        Name: "sandbox",
        Driver: "remote",
        Nodes: [
          {
            Name: "sandbox0",
            Endpoint: "unix:///run/buildkitd.sock",
            Platforms: null,
            DriverOpts: {},
            Flags: null,
            Files: null,
          },
        ],
        Dynamic: false,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("chooseBuilder", () => {
  it("says what is missing where neither buildkitd nor Docker can be had", async () => {
    const { PATH } = process.env;
    process.env["PATH"] = "/nonexistent";
    try {
      const choice = chooseBuilder({
        dataDir: "/nonexistent",
        binaries: { buildkitd: "/nonexistent/buildkitd", buildctl: "/nonexistent/buildctl" },
        registries: [],
      });
      await assert.rejects(choice, (error: unknown) => {
        assert.ok(error instanceof PlatformError);
        assert.equal(error.code, "no-builder");
        assert.match(error.message, /no Docker daemon answers, and buildkitd needs .*its programs and runc/);
        return true;
      });
    } finally {
      process.env["PATH"] = PATH;
    }
  });
});
