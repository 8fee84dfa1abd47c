import assert from "node:assert/strict";
import { imageExporter } from ".";

describe("imageExporter", () => {
  it("pushes names with a tag by tag", () => {
    assert.equal(
      imageExporter({ names: ["127.0.0.1:18481/a/b:1", "127.0.0.1:18481/a/b:2"] }),
      'type=image,"name=127.0.0.1:18481/a/b:1,127.0.0.1:18481/a/b:2",push=true,oci-mediatypes=true,rewrite-timestamp=true',
    );
  });

  it("pushes a name without a tag by digest; the port of its host is no tag", () => {
    assert.equal(
      imageExporter({ names: ["127.0.0.1:18481/a/b"], rewriteTimestamps: false, compressionLevel: 1 }),
      "type=image,name=127.0.0.1:18481/a/b,push=true,push-by-digest=true,name-canonical=true," +
        "oci-mediatypes=true,rewrite-timestamp=false,compression=gzip,compression-level=1",
    );
  });

  it("annotates index and manifests, whatever stands in a value", () => {
    const text = imageExporter({ names: ["ghcr.io/a/b"], annotations: { title: 'one, "two"' } });
    assert.ok(text.endsWith(',"annotation-index.title=one, ""two""","annotation.title=one, ""two"""'), text);
  });
});
