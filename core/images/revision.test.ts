import assert from "node:assert/strict";
import { imageSource } from "./revision";

const key = "org.opencontainers.image.revision";
const config = (revision?: string) => ({
  os: "linux",
  architecture: "amd64",
  config: { Labels: revision === undefined ? null : { [key]: revision } },
});

describe("what an image says about its source", () => {
  it("stands in the annotations of the index or in the labels of its configurations", () => {
    assert.equal(imageSource({ annotations: { [key]: "a" } }, []).revision, "a");
    assert.equal(imageSource({}, [config("a"), config("a")]).revision, "a");
    assert.equal(imageSource({ annotations: { [key]: "a" } }, [config("a"), config()]).revision, "a");
  });

  it("is unknown where two places disagree, where there is none, and where the documents are broken", () => {
    assert.equal(imageSource({ annotations: { [key]: "a" } }, [config("b")]).revision, undefined);
    assert.equal(imageSource({}, [config("a"), config("b")]).revision, undefined);
    assert.equal(imageSource({}, [config()]).revision, undefined);
    assert.equal(imageSource(null, [null, 7, "x"]).revision, undefined);
    assert.equal(imageSource({ annotations: { [key]: 7 } }, []).revision, undefined);
  });
});
