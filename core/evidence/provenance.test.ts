import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../names";
import {
  buildDefinition,
  builderRun,
  isSameBuild,
  provenanceOf,
  provenanceStatement,
  readProvenance,
  sbomName,
  vouchedFor,
  type BuildFacts,
  type Provenance,
} from ".";

const hex = "0123456789abcdef".repeat(4);
const digest = `sha256:${hex}` as Digest;
const other = `sha256:${"f".repeat(64)}` as Digest;
const revision = "4fa8d211".repeat(5);
const facts: BuildFacts = {
  service: "todost",
  source: "https://github.com/albeorla/ghcr-platform",
  ref: "refs/tags/v1.2.3",
  revision,
  context: "services/todost",
  dockerfile: "services/todost/Dockerfile",
  platforms: ["linux/amd64", "linux/arm64"],
  buildArgs: { VERSION: "1.2.3" },
  baseImages: [
    { name: "gcr.io/distroless/nodejs24-debian12:nonroot", digest },
    { name: "127.0.0.1:5000/base", digest: undefined },
  ],
};
const image = { name: "ghcr.io/albeorla/todost", digest: other };
const sbom = { name: sbomName("linux/arm64"), digest, mediaType: "application/spdx+json" };
const workflow = {
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_WORKFLOW_REF: "albeorla/ghcr-platform/.github/workflows/container-publish.yml@refs/tags/v1.2.3",
  GITHUB_REPOSITORY: "albeorla/ghcr-platform",
  GITHUB_RUN_ID: "17",
  GITHUB_RUN_ATTEMPT: "2",
};
const made = (run: Readonly<Record<string, string>> = workflow, more: Partial<BuildFacts> = {}) =>
  provenanceOf(buildDefinition({ ...facts, ...more }), {
    ...builderRun(run, "elsewhere"),
    byproducts: [sbom],
  });

describe("provenance", () => {
  it("is an in-toto statement of SLSA's predicate, as both specifications have it", () => {
    const repository = "git+https://github.com/albeorla/ghcr-platform";
    assert.deepEqual(provenanceStatement(image, made()), {
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "ghcr.io/albeorla/todost", digest: { sha256: "f".repeat(64) } }],
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: {
        buildDefinition: {
          buildType: "https://github.com/albeorla/ghcr-platform/blob/main/docs/evidence.md#the-build-type",
          externalParameters: {
            service: "todost",
            source: { repository: facts.source, ref: "refs/tags/v1.2.3", revision },
            context: "services/todost",
            dockerfile: "services/todost/Dockerfile",
            platforms: ["linux/amd64", "linux/arm64"],
            buildArgs: { VERSION: "1.2.3" },
          },
          internalParameters: {},
          resolvedDependencies: [
            { uri: `${repository}@refs/tags/v1.2.3`, digest: { gitCommit: revision } },
            {
              uri: `pkg:oci/nodejs24-debian12@sha256:${hex}?repository_url=gcr.io%2Fdistroless%2Fnodejs24-debian12&tag=nonroot`,
              digest: { sha256: hex },
            },
            { uri: "pkg:oci/base?repository_url=127.0.0.1%3A5000%2Fbase" },
          ],
        },
        runDetails: {
          builder: { id: `https://github.com/${workflow.GITHUB_WORKFLOW_REF}` },
          metadata: { invocationId: "https://github.com/albeorla/ghcr-platform/actions/runs/17/attempts/2" },
          byproducts: [
            { name: "sbom linux/arm64", digest: { sha256: hex }, mediaType: "application/spdx+json" },
          ],
        },
      },
    });
  });

  it("names who built where no workflow did, and no run", () => {
    const { builder, metadata } = made({ GITHUB_SERVER_URL: "https://github.com" }).runDetails;
    assert.deepEqual([builder.id, metadata], ["elsewhere", undefined]);
  });

  it("names no commit for what none holds whole, but the one that it began with", () => {
    const { buildDefinition: built } = made({}, { revision: `${revision}-dirty`, ref: undefined });
    assert.deepEqual(built.resolvedDependencies?.[0], {
      uri: "git+https://github.com/albeorla/ghcr-platform",
      digest: { gitCommit: revision },
    });
    assert.deepEqual(built.externalParameters["source"], {
      repository: facts.source,
      revision: `${revision}-dirty`,
    });
  });

  it("is read back as it was, on its own image only", () => {
    const statement: unknown = JSON.parse(JSON.stringify(provenanceStatement(image, made())));
    assert.deepEqual(readProvenance(statement, other), made());
    assert.deepEqual(readProvenance(statement, digest), { problem: "is of another image" });
    const sbomStatement = { ...(statement as object), predicateType: "https://spdx.dev/Document" };
    assert.deepEqual(readProvenance(sbomStatement, other), {
      problem: "says something else: https://spdx.dev/Document",
    });
    for (const broken of [undefined, {}, { ...(statement as object), predicate: { runDetails: {} } }])
      assert.ok("problem" in readProvenance(broken, other));
  });

  it("vouches for what it names, by its digest", () => {
    assert.equal(vouchedFor(made(), sbomName("linux/arm64")), digest);
    assert.equal(vouchedFor(made(), sbomName("linux/amd64")), undefined);
  });

  it("says the same of a build whichever run it was, and in whatever order its text is written", () => {
    assert.ok(isSameBuild(made(), made({ ...workflow, GITHUB_RUN_ID: "18" })));
    fc.assert(
      fc.property(fc.infiniteStream(fc.boolean()), (turns) => {
        assert.ok(isSameBuild(made(), shuffled(made(), turns) as Provenance));
      }),
    );
  });

  it("doesn't say the same of another commit, builder, argument or SBOM", () => {
    const ref = workflow.GITHUB_WORKFLOW_REF.replace("tags/v1.2.3", "heads/main");
    const differing = [
      made(workflow, { revision: "0".repeat(40) }),
      made({ ...workflow, GITHUB_WORKFLOW_REF: ref }),
      made(workflow, { buildArgs: { VERSION: "1.2.4" } }),
      provenanceOf(buildDefinition(facts), {
        ...builderRun(workflow, ""),
        byproducts: [{ ...sbom, digest: other }],
      }),
    ];
    for (const each of differing) assert.ok(!isSameBuild(made(), each));
  });
});

/** The same value with its objects' keys in another order. */
function shuffled(value: unknown, turns: Iterator<boolean>): unknown {
  if (Array.isArray(value)) return value.map((each) => shuffled(each, turns));
  if (typeof value !== "object" || value === null) return value;
  const entries: [string, unknown][] = [];
  for (const [key, each] of Object.entries(value)) {
    const entry: [string, unknown] = [key, shuffled(each, turns)];
    if (turns.next().value === true) entries.unshift(entry);
    else entries.push(entry);
  }
  return Object.fromEntries(entries);
}
