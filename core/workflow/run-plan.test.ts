import assert from "node:assert/strict";
import { describe, it } from "mocha";
import fc from "fast-check";
import type { BuildDefinition } from "../evidence";
import { planRun, type PublishedService, type RunFacts } from "./run-plan";

const hello = service("hello-python");
const todost = service("todost");
const facts: RunFacts = {
  services: [hello, todost],
  tags: {
    kind: "publish",
    tags: [
      { tag: "latest", moving: true },
      { tag: "sha-4fa8d21", moving: false },
    ],
  },
  event: "push",
  ref: "refs/heads/main",
  revision: "4fa8d21".padEnd(40, "0"),
  committedAt: new Date("2026-11-24T10:00:00Z"),
  source: "https://github.com/albeorla/ghcr-platform",
  vendor: "albeorla",
  changedFiles: ["services/todost/src/main.ts", "README.md"],
  dockerfile: () => "ARG BASE=debian:13\nFROM ${BASE}\n",
};

describe("the plan of a run", () => {
  it("takes only services whose files changed, and says why", () => {
    const plan = planRun(facts);
    assert.deepEqual(plan.reasons, [
      "hello-python: unchanged",
      "todost: services/todost/src/main.ts changed",
    ]);
    assert.deepEqual(
      plan.builds.map(({ service, platform, runner }) => [service, platform, runner]),
      [
        ["todost", "linux/amd64", "ubuntu-24.04"],
        ["todost", "linux/arm64", "ubuntu-24.04-arm"],
      ],
    );
    assert.equal(plan.mode, "publish");
  });

  it("does nothing for a change that no service is built from", () => {
    const plan = planRun({
      ...facts,
      changedFiles: [".github/workflows/container-publish.yml", "services/x"],
    });
    assert.deepEqual([plan.mode, plan.builds, plan.images, plan.scans], ["nothing", [], [], []]);
  });

  it("doesn't take a service whose name another one's starts with", () => {
    const plan = planRun({ ...facts, services: [service("todo")] });
    assert.equal(plan.mode, "nothing");
  });

  it("takes a service whose Dockerfile lies elsewhere when that changes", () => {
    const plan = planRun({
      ...facts,
      services: [{ ...hello, dockerfile: "docker/hello" }],
      changedFiles: ["docker/hello"],
    });
    assert.equal(plan.mode, "publish");
  });

  it("takes a service at the repository's top for any change but one of rendered files alone", () => {
    const top = [{ ...hello, path: "." }];
    const mode = (changedFiles: string[]) => planRun({ ...facts, services: top, changedFiles }).mode;
    assert.equal(mode([".github/workflows/container-publish.yml"]), "nothing");
    assert.equal(mode([".github/workflows/rescan.yml", ".github/dependabot.yml"]), "nothing");
    assert.equal(mode([".github/workflows/container-publish.yml", "main.go"]), "publish");
  });

  it("takes every service of a release, of a manual run, and where the change can't be told", () => {
    const all = ["hello-python", "todost"];
    const cases: Partial<RunFacts>[] = [
      { ref: "refs/tags/v1.2.3" },
      { event: "workflow_dispatch" },
      { changedFiles: undefined },
    ];
    for (const some of cases) {
      const { builds } = planRun({ ...facts, ...some });
      assert.deepEqual([...new Set(builds.map(({ service }) => service))], all);
    }
  });

  it("verifies what is not to be pushed, and names no image that could get a tag", () => {
    const plan = planRun({ ...facts, tags: { kind: "build-only", tags: [] } });
    assert.equal(plan.mode, "verify");
    assert.deepEqual(plan.images, []);
    assert.equal(plan.builds.length, 2);
    // Each build says how its own container is tried, there where it was built.
    assert.deepEqual(
      plan.builds.map(({ test }) => JSON.parse(test) as unknown),
      [{ platform: "linux/amd64" }, { platform: "linux/arm64" }],
    );
  });

  it("says what provenance will: arguments, commit and base image; and signs only what is declared so", () => {
    const signing = { ...todost, signing: "keyless" as const };
    const [unsigned, signed] = planRun({ ...facts, services: [todost, signing] }).images;
    const { externalParameters, resolvedDependencies } = JSON.parse(
      unsigned?.provenance ?? "",
    ) as BuildDefinition;
    assert.deepEqual(externalParameters["buildArgs"], { VERSION: "sha-4fa8d21", REVISION: facts.revision });
    assert.deepEqual(resolvedDependencies, [
      {
        uri: "git+https://github.com/albeorla/ghcr-platform@refs/heads/main",
        digest: { gitCommit: facts.revision },
      },
      { uri: "pkg:oci/debian?repository_url=debian&tag=13" },
    ]);
    assert.deepEqual([unsigned?.sign, signed?.sign], ["none", "keyless"]);
  });

  it("labels an image with the tag that doesn't move, the commit and its time", () => {
    const [image] = planRun(facts).images;
    assert.ok(image);
    assert.equal(image.tags, "latest,sha-4fa8d21");
    assert.deepEqual(JSON.parse(image.check), {
      platforms: ["linux/amd64", "linux/arm64"],
      labels: {
        "org.opencontainers.image.created": "2026-11-24T10:00:00Z",
        "org.opencontainers.image.revision": facts.revision,
        "org.opencontainers.image.source": facts.source,
        "org.opencontainers.image.title": "todost",
        "org.opencontainers.image.vendor": "albeorla",
        "org.opencontainers.image.version": "sha-4fa8d21",
      },
      nonRoot: true,
    });
  });

  it("scans exactly what it builds, whatever changed", () => {
    const file = fc.constantFrom(
      "services/hello-python/a",
      "services/todost/a",
      "b",
      ".github/workflows/c.yml",
    );
    const kind = fc.constantFrom("publish", "build-only");
    fc.assert(
      fc.property(fc.option(fc.array(file), { nil: undefined }), kind, (changedFiles, kind) => {
        const plan = planRun({
          ...facts,
          changedFiles,
          tags: kind === "publish" ? facts.tags : { kind: "build-only", tags: [] },
        });
        const built = plan.builds.map(({ service, platform }) => `${service} ${platform}`);
        assert.deepEqual(
          plan.scans.map(({ service, platform }) => `${service} ${platform}`),
          built,
        );
        const tagged = plan.images.map(({ service }) => service);
        assert.ok(tagged.every((service) => plan.scans.some((scan) => scan.service === service)));
        assert.equal(plan.mode === "nothing", built.length === 0);
      }),
    );
  });
});

function service(name: string): PublishedService {
  return {
    name,
    image: `ghcr.io/albeorla/${name}`,
    path: `services/${name}`,
    dockerfile: `services/${name}/Dockerfile`,
    platforms: { "linux/amd64": "ubuntu-24.04", "linux/arm64": "ubuntu-24.04-arm" },
  };
}
