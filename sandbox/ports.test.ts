import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { PlatformError } from "../core/errors";
import { assertPortFree, freePort } from "./ports";

describe("assertPortFree", () => {
  let listener: Server | undefined;
  afterEach(() => void listener?.close());

  const use = (port: number) => ({ who: "registry", port, setting: "make up PORT=1234" });

  for (const address of ["127.0.0.1", "0.0.0.0"]) {
    it(`names the port and the setting when something listens on ${address}`, async () => {
      const port = await freePort();
      listener = createServer().listen(port, address);
      await once(listener, "listening");
      await assert.rejects(assertPortFree(use(port)), (error: unknown) => {
        assert.ok(error instanceof PlatformError);
        assert.equal(error.code, "port-in-use");
        assert.equal(
          error.message,
          `registry: the port is taken by another program (got "127.0.0.1:${port}")\n  fix: make up PORT=1234`,
        );
        return true;
      });
    });
  }

  it("passes when nothing listens there, and leaves the port free", async () => {
    const port = await freePort();
    await assertPortFree(use(port));
    await assertPortFree(use(port));
  });
});
