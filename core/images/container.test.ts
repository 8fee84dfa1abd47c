import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { PlatformError } from "../errors";
import { containerPlan, runtimeConfig } from "./container";
import type { ImageConfig } from "./documents";

function image(config: ImageConfig["config"]): ImageConfig {
  return { os: "linux", architecture: "amd64", config };
}

const smallest = { User: "65532", Entrypoint: ["/app"] };

describe("a container's plan", () => {
  it("takes program, user, folder and volumes from the image", () => {
    const plan = containerPlan(
      "image",
      image({
        User: "1000:2000",
        Entrypoint: ["/bin/app"],
        Cmd: ["--serve"],
        Env: ["PATH=/bin", "PORT=8080"],
        WorkingDir: "/srv",
        Volumes: { "/data": {}, "/cache": {} },
        ExposedPorts: { "9090/tcp": {}, "53/udp": {}, "8080/tcp": {} },
      }),
    );
    assert.deepEqual(plan, {
      user: { uid: 1000, gid: 2000 },
      args: ["/bin/app", "--serve"],
      env: ["PATH=/bin", "PORT=8080"],
      folder: "/srv",
      volumes: ["/cache", "/data"],
      port: 8080,
    });
  });

  it("sets what it is given instead of the image's own variable, and nothing else", () => {
    const env = ["PORT=1", "PORTAL=2", "EMPTY="];
    const plan = containerPlan("image", image({ ...smallest, Env: env }), { PORT: "9", NEW: "a=b" });
    assert.deepEqual(plan.env, ["PORTAL=2", "EMPTY=", "PORT=9", "NEW=a=b"]);
  });

  it("refuses root, a name instead of a number, and an image without a program, all at once", () => {
    for (const User of [undefined, "", "0", "0:0", "root", "nobody", "00", "1000:staff", "-1"]) {
      const config = { Entrypoint: ["/app"], ...(User === undefined ? {} : { User }) };
      assert.throws(() => containerPlan("image", image(config)), /must be a number other than 0/, User);
    }
    assert.throws(
      () => containerPlan("image", image({ Entrypoint: null, Cmd: [] })),
      (error) =>
        error instanceof PlatformError &&
        error.faults.map(({ code }) => code).join() === "root-user,no-command",
    );
  });
});

describe("a runtime's configuration", () => {
  interface Config {
    process: { args: string[]; capabilities: object; noNewPrivileges: boolean; user: object };
    root: { readonly: boolean };
    mounts: { destination: string; source: string; options?: string[] }[];
    linux: { namespaces: { type: string }[] };
  }
  const plan = containerPlan("image", image({ ...smallest, Volumes: { "/data": {} } }));

  it("takes every right away", () => {
    const config = runtimeConfig(plan, {}) as Config;
    assert.equal(config.root.readonly, true);
    assert.deepEqual(config.process.capabilities, {});
    assert.equal(config.process.noNewPrivileges, true);
    assert.deepEqual(config.process.user, { uid: 65532, gid: 65532 });
    const isolated = config.linux.namespaces.map(({ type }) => type).sort();
    assert.deepEqual(isolated, ["ipc", "mount", "network", "pid", "uts"]);
  });

  it("lets /tmp and the volumes be written to, and only them", () => {
    const config = runtimeConfig(plan, { "/data": "/host/data" }) as Config;
    const writable = config.mounts.filter(({ options = [] }) => !options.includes("ro"));
    assert.deepEqual(
      writable.map(({ destination }) => destination),
      ["/proc", "/dev", "/tmp", "/data"],
    );
  });

  it("puts an emulator before the program, where it can't be changed", () => {
    const config = runtimeConfig(plan, {}, { path: "/usr/bin/qemu" }) as Config;
    const bound = config.mounts.find(({ source }) => source === "/usr/bin/qemu");
    assert.deepEqual(config.process.args, [bound?.destination, "/app"]);
    assert.ok(bound?.options?.includes("ro"));
  });
});
