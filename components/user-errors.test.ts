import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PlatformError } from "../core/errors";
import { withUserErrors } from "./user-errors";

const mistake = new PlatformError({
  code: "invalid-service-name",
  where: "services/x/service.ts: name",
  problem: "must be lower case",
  got: "X",
  fix: "rename it",
});

describe("a program with user errors", () => {
  it("returns what it returns", async () => {
    assert.equal(await withUserErrors(async () => 42)(), 42);
  });

  it("tells a user's mistake as the engine prints it: the message, without a stack", async () => {
    await assert.rejects(
      withUserErrors(() => Promise.reject(mistake))(),
      (error) => pulumi.RunError.isInstance(error) && error.message === `\n${mistake.message}`,
    );
  });

  it("leaves a defect as it is, with its stack", async () => {
    const defect = new TypeError("x is undefined");
    await assert.rejects(withUserErrors(() => Promise.reject(defect))(), (error) => error === defect);
  });
});
