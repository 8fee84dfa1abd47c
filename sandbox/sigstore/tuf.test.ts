import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Metadata, MetadataKind } from "@tufjs/models";
import fc from "fast-check";
import { inAYear, updateRepository } from "./tuf";

describe("an update repository", () => {
  const { root, files } = updateRepository({ "trusted_root.json": "{}" });
  const parsed = (text = "{}") => JSON.parse(text) as Parameters<typeof Metadata.fromJSON>[1];

  it("is signed by what its root names for each role", () => {
    const rootMetadata = Metadata.fromJSON(MetadataKind.Root, parsed(root));
    rootMetadata.verifyDelegate("root", rootMetadata);
    rootMetadata.verifyDelegate(
      "timestamp",
      Metadata.fromJSON(MetadataKind.Timestamp, parsed(files.get("/timestamp.json"))),
    );
    rootMetadata.verifyDelegate(
      "snapshot",
      Metadata.fromJSON(MetadataKind.Snapshot, parsed(files.get("/snapshot.json"))),
    );
    const targets = Metadata.fromJSON(MetadataKind.Targets, parsed(files.get("/targets.json")));
    rootMetadata.verifyDelegate("targets", targets);
    const { hashes } = targets.signed.targets["trusted_root.json"] ?? assert.fail();
    assert.equal(hashes["sha256"], createHash("sha256").update("{}").digest("hex"));
    const other = updateRepository({});
    assert.throws(() => {
      const strange = Metadata.fromJSON(MetadataKind.Root, parsed(other.root));
      rootMetadata.verifyDelegate("root", strange);
    });
  });

  it("ends at a whole second, whatever the time", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }), (now) => {
        assert.match(inAYear(now), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      }),
    );
  });
});
