import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError } from "../errors";
import type { Digest } from "../names";
import { renderSbom, sbomProblem, type SbomSubject } from ".";

const digest = `sha256:${"a".repeat(64)}` as Digest;
const subject: SbomSubject = {
  image: "ghcr.io/albeorla/todost",
  platform: "linux/arm64",
  digest,
  created: "2026-11-24T12:00:00Z",
};

/** As Trivy writes it, of one run: its name, the time, and what it makes up for the image differ from run to run. */
function written(run: { readonly name: string; readonly time: string; readonly id: string }): object {
  const root = `SPDXRef-ContainerImage-${run.id}`;
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: run.name,
    documentNamespace: `http://trivy.dev/container_image/${run.name}-${run.id}`,
    creationInfo: { creators: ["Organization: aquasecurity", "Tool: trivy-0.74.0"], created: run.time },
    packages: [
      {
        name: "libexpat1",
        SPDXID: "SPDXRef-Package-1",
        annotations: [
          { annotator: "Tool: trivy-0.74.0", annotationDate: run.time, comment: "PkgType: debian" },
        ],
      },
      { name: "zlib1g", SPDXID: "SPDXRef-Package-2" },
      { name: run.name, SPDXID: root, primaryPackagePurpose: "CONTAINER" },
    ],
    relationships: [
      { spdxElementId: "SPDXRef-DOCUMENT", relatedSpdxElement: root, relationshipType: "DESCRIBES" },
      { spdxElementId: root, relatedSpdxElement: "SPDXRef-Package-1", relationshipType: "CONTAINS" },
    ],
  };
}
const first = { name: "ghcr.io/albeorla/todost@sha256:index", time: "2026-11-28T12:00:00Z", id: "1f2e" };

describe("an SBOM", () => {
  it("is of the platform's manifest and of the commit's time, with all that the scanner found", () => {
    const sbom = JSON.parse(renderSbom(written(first), subject)) as Record<string, unknown> & {
      packages: { name: string; SPDXID: string }[];
      relationships: object[];
    };
    assert.equal(sbom["name"], `ghcr.io/albeorla/todost@${digest}`);
    assert.equal(sbom["documentNamespace"], `https://ghcr.io/albeorla/todost/sha256-${"a".repeat(64)}`);
    assert.deepEqual(sbom["creationInfo"], {
      creators: ["Organization: aquasecurity", "Tool: trivy-0.74.0"],
      created: subject.created,
    });
    assert.deepEqual(
      sbom.packages.map(({ name, SPDXID }) => [SPDXID, name]),
      [
        ["SPDXRef-Image", `ghcr.io/albeorla/todost@${digest}`],
        ["SPDXRef-Package-1", "libexpat1"],
        ["SPDXRef-Package-2", "zlib1g"],
      ],
    );
    assert.deepEqual(sbom.relationships[0], {
      spdxElementId: "SPDXRef-DOCUMENT",
      relatedSpdxElement: "SPDXRef-Image",
      relationshipType: "DESCRIBES",
    });
  });

  it("has the same bytes whenever, wherever and in whatever order it was written", () => {
    const expected = renderSbom(written(first), subject);
    const run = fc.record({
      name: fc.constantFrom(first.name, "build/image", "127.0.0.1:5000/x"),
      time: fc
        .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
        .map((at) => at.toISOString()),
      id: fc.uuid(),
    });
    fc.assert(
      fc.property(run, fc.boolean(), (other, reversed) => {
        const json = written(other) as { packages: object[]; relationships: object[] };
        if (reversed) json.packages.reverse();
        if (reversed) json.relationships.reverse();
        assert.equal(renderSbom(json, subject), expected);
      }),
    );
  });

  it("is known for the one of its own manifest, and for no other's", () => {
    const sbom: unknown = JSON.parse(renderSbom(written(first), subject));
    assert.equal(sbomProblem(sbom, subject), undefined);
    const other = `sha256:${"b".repeat(64)}` as Digest;
    assert.equal(sbomProblem(sbom, { ...subject, digest: other }), `is of ghcr.io/albeorla/todost@${digest}`);
    assert.match(sbomProblem(sbom, { ...subject, image: "ghcr.io/a/b" }) ?? "", /^is of /);
    for (const nothing of [undefined, {}, "text"])
      assert.equal(sbomProblem(nothing, subject), "is no SPDX document");
  });

  it("is none where the scanner wrote something else, or of no image or of two", () => {
    const { packages = [], ...rest } = written(first) as { packages?: object[] };
    for (const wrong of [
      undefined,
      rest,
      { ...rest, packages: packages.slice(0, 2) },
      { ...rest, packages: [...packages, packages[2]] },
    ])
      assert.throws(
        () => renderSbom(wrong, subject),
        (error: unknown) => error instanceof PlatformError && error.code === "invalid-sbom",
      );
  });
});
