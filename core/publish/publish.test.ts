import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError, type Fault } from "../errors";
import { parseSettings, resolveFleet, type Service, type ServiceDeclaration, type Settings } from "../fleet";
import { isTag } from "../names";
import { classifyTag } from "../tags";
import { imageEpoch, planPublish, platformFaults, type PublishKind, type Source } from ".";

const revision = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";

function settingsOf(changed: Readonly<Record<string, string>> = {}): Settings {
  return parseSettings("prod", { owner: "Albeorla", ...changed });
}

function serviceOf(changed: Partial<ServiceDeclaration> = {}): Service {
  const declaration = { name: "hello-python", description: "Greets", ...changed };
  const [service] = resolveFleet({
    platform: { name: "ghcr-platform", licenses: "MIT" },
    services: [{ where: "services/hello-python/service.ts", declaration }],
  }).services;
  return service ?? assert.fail();
}

const source: Source = {
  ref: "refs/heads/main",
  revision,
  committedAt: new Date("2026-11-24T12:00:00Z"),
  dirty: false,
  gitTag: undefined,
  defaultBranch: "main",
  repository: "Albeorla/ghcr-platform",
  developer: "jane",
  dockerfile: "FROM debian:13\n",
};

function plan(changed: Partial<Source> = {}, kind?: PublishKind) {
  return planPublish(serviceOf(), settingsOf(), { ...source, ...changed }, kind);
}

function faultsOf(run: () => unknown): readonly Fault[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof PlatformError, String(error));
    return error.faults;
  }
  return assert.fail("nothing was found wrong");
}

/** Everything that a checkout may be at, with names that anyone may choose. */
const anySource: fc.Arbitrary<Source> = fc.record(
  {
    ref: fc.constantFrom("refs/heads/main", "refs/heads/trunk", "refs/heads/feature/login", undefined),
    revision: fc.stringMatching(/^[0-9a-f]{40}$/).filter((sha) => !/^0+$/.test(sha)),
    committedAt: fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }),
    dirty: fc.boolean(),
    gitTag: fc.constantFrom(undefined, "v1.2.3", "v0.3.1", "v2.0.0-rc.1", "v1.2", "nightly", "latest"),
    defaultBranch: fc.constantFrom("main", "trunk"),
    repository: fc.constant("albeorla/ghcr-platform"),
    developer: fc.oneof(fc.constantFrom("jane", "Jürgen Groß", "latest"), fc.string({ unit: "binary" })),
    dockerfile: fc.string(),
  },
  { noNullPrototype: true },
);
const anyKind = fc.constantFrom<PublishKind>("up", "release", "development");

/** Undefined where the source is refused for what it is. */
function planOrRefusal(given: Source, kind: PublishKind) {
  try {
    return planPublish(serviceOf(), settingsOf(), given, kind);
  } catch (error) {
    assert.ok(error instanceof PlatformError, String(error));
    return undefined;
  }
}

describe("the plan of a service's image", () => {
  it("is all that a build of the default branch needs, and nothing of the machine or the hour", () => {
    const labels = {
      "org.opencontainers.image.created": "2026-11-24T12:00:00Z",
      "org.opencontainers.image.description": "Greets",
      "org.opencontainers.image.licenses": "MIT",
      "org.opencontainers.image.revision": revision,
      "org.opencontainers.image.title": "hello-python",
      "org.opencontainers.image.vendor": "Albeorla",
      "org.opencontainers.image.version": "sha-0a1b2c3",
    };
    const built = {
      context: "services/hello-python",
      dockerfile: "services/hello-python/Dockerfile",
      platforms: ["linux/amd64", "linux/arm64"],
      buildArgs: { REVISION: revision, SOURCE_DATE_EPOCH: "315532800", VERSION: "sha-0a1b2c3" },
    };
    assert.deepEqual(plan(), {
      ...built,
      image: "ghcr.io/albeorla/hello-python",
      provenance: {
        ...built,
        ...{ service: "hello-python", ref: "refs/heads/main", revision },
        baseImages: [{ name: "debian:13", digest: undefined }],
      },
      labels,
      annotations: labels,
      tags: ["latest", "sha-0a1b2c3"],
      scan: { database: settingsOf().vulnerabilityDatabase, exceptions: [] },
      buildCache: "ghcr.io/albeorla/hello-python:buildcache-hello-python",
    });
    assert.equal(imageEpoch, Date.UTC(1980, 0) / 1000);
  });

  it("takes the base image of the service's runtime from the stack, and labels the image with it", () => {
    const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
    const baseImages = { python: `127.0.0.1:18481/base/python:3.12@${digest}`, node: "ghcr.io/a/node" };
    const settings = settingsOf({ baseImages: JSON.stringify(baseImages) });
    const based = (changed: Partial<ServiceDeclaration>) => {
      const { buildArgs, labels } = planPublish(serviceOf(changed), settings, source);
      const base = (key: string) => labels[`org.opencontainers.image.base.${key}`];
      return [buildArgs["BASE_IMAGE"], base("name"), base("digest")];
    };
    assert.deepEqual(based({ runtime: "python" }), [
      baseImages.python,
      "127.0.0.1:18481/base/python:3.12",
      digest,
    ]);
    assert.deepEqual(based({ runtime: "node" }), [baseImages.node, baseImages.node, undefined]);
    assert.deepEqual(based({}), [undefined, undefined, undefined]);
  });

  it("leaves the base image to the Dockerfile where the stack names none", () => {
    const { buildArgs } = planPublish(serviceOf({ runtime: "python" }), settingsOf(), source);
    assert.equal("BASE_IMAGE" in buildArgs, false);
  });

  it("hands a service's own build arguments on, beside those that every build gets", () => {
    const service = serviceOf({ buildArgs: { FLAVOUR: "plain" } });
    assert.deepEqual(planPublish(service, settingsOf(), source).buildArgs, {
      ...plan().buildArgs,
      FLAVOUR: "plain",
    });
  });

  it("keeps the build cache in the builder where the stack says so", () => {
    const settings = settingsOf({ buildCache: "builder" });
    assert.equal(planPublish(serviceOf(), settings, source).buildCache, undefined);
  });

  it("keeps the build cache under a legal tag of its own class, whatever the service is called", () => {
    for (const name of ["a", "a".repeat(100)]) {
      const { image, buildCache = "" } = planPublish(serviceOf({ name }), settingsOf(), source);
      const tag = buildCache.slice(image.length + 1);
      assert.ok(isTag(tag));
      assert.equal(classifyTag(tag), "cache");
    }
  });

  it("is the same for the same input, and leaves the input alone", () => {
    fc.assert(
      fc.property(anySource, anyKind, (given, kind) => {
        const before = structuredClone(given);
        const [one, other] = [planOrRefusal(given, kind), planOrRefusal({ ...given }, kind)];
        assert.equal(JSON.stringify(one), JSON.stringify(other));
        assert.deepEqual(given, before);
      }),
    );
  });

  it("says of a fault in what its labels are made from which service it is in", () => {
    const service = serviceOf({ description: "x".repeat(513), licenses: "MIT\n" });
    const faults = faultsOf(() => planPublish(service, settingsOf(), source));
    assert.deepEqual(faults.map(({ where }) => where).sort(), [
      "services/hello-python/service.ts: org.opencontainers.image.description",
      "services/hello-python/service.ts: org.opencontainers.image.licenses",
    ]);
  });
});

describe("the tags that a plan gives", () => {
  it("are a developer's own wherever something isn't committed or isn't on the default branch", () => {
    const own = ["dev-jane-0a1b2c3"];
    assert.deepEqual(plan({ dirty: true }).tags, own);
    assert.deepEqual(plan({ ref: "refs/heads/feature/login" }).tags, own);
    assert.deepEqual(plan({ ref: undefined }).tags, own);
    assert.deepEqual(plan({ ref: "refs/tags/v1.2.3", gitTag: "v1.2.3" }).tags, own);
    assert.deepEqual(plan({ defaultBranch: "trunk" }).tags, own);
    assert.deepEqual(plan({}, "development").tags, own);
  });

  it("mark what no commit holds as that, in the labels and in the build", () => {
    const { labels, buildArgs, tags } = plan({ dirty: true });
    assert.equal(labels["org.opencontainers.image.revision"], `${revision}-dirty`);
    assert.equal(labels["org.opencontainers.image.version"], "dev-jane-0a1b2c3");
    assert.equal(buildArgs["REVISION"], `${revision}-dirty`);
    assert.equal(buildArgs["VERSION"], tags[0]);
  });

  it("are a release's where one is asked for, by its git tag, whatever the branch", () => {
    const { tags, labels } = plan({ gitTag: "v1.2.3", ref: undefined }, "release");
    assert.deepEqual(tags, ["1.2.3", "1.2", "1", "sha-0a1b2c3"]);
    assert.equal(labels["org.opencontainers.image.version"], "1.2.3");
    assert.deepEqual(plan({ gitTag: "v0.3.1" }, "release").tags, ["0.3.1", "0.3", "sha-0a1b2c3"]);
  });

  it("are none for a release that isn't one, with the reason and what mends it", () => {
    for (const [changed, code, problem] of [
      [{}, "no-release", /no release's tag/],
      [{ gitTag: "v1.2.3", dirty: true }, "no-release", /changes that no commit does/],
      [{ gitTag: "nightly" }, "no-tags", /the tag nightly is no release/],
      [{ gitTag: "v1.2.3+5" }, "no-tags", /build metadata/],
    ] as const) {
      const [fault] = faultsOf(() => plan(changed, "release"));
      assert.equal(fault?.code, code);
      assert.equal(fault?.where, "services/hello-python/service.ts");
      assert.match(fault?.problem ?? "", problem);
      assert.notEqual(fault?.fix ?? "", "");
    }
  });

  it("are none for a developer without a name", () => {
    const [fault] = faultsOf(() => plan({ ref: undefined, developer: "" }));
    assert.equal(fault?.code, "no-tags");
    assert.match(fault?.fix ?? "", /user\.email/);
    assert.deepEqual(plan({ developer: "" }).tags, ["latest", "sha-0a1b2c3"]);
  });

  it("hold latest for the newest build of the default branch alone, whatever is at hand", () => {
    let newest = 0;
    fc.assert(
      fc.property(anySource, anyKind, (given, kind) => {
        const tags = planOrRefusal(given, kind)?.tags ?? [];
        const committed = given.ref === `refs/heads/${given.defaultBranch}` && !given.dirty;
        assert.equal(tags.includes("latest"), kind === "up" && committed);
        newest += tags.includes("latest") ? 1 : 0;
      }),
      { numRuns: 1000 },
    );
    assert.ok(newest > 20, `the law was tried on ${newest} newest builds only`);
  });

  it("hold a version for a release alone, and a developer's own with nothing beside it", () => {
    fc.assert(
      fc.property(anySource, anyKind, (given, kind) => {
        const tags = planOrRefusal(given, kind)?.tags ?? [];
        const classes = tags.map((tag) => classifyTag(tag));
        assert.ok(!classes.includes("semver") || (kind === "release" && !given.dirty));
        assert.ok(!classes.includes("development") || classes.length === 1);
        assert.ok(kind !== "development" || classes.every((each) => each === "development"));
        assert.ok(!given.dirty || classes.every((each) => each === "development"));
      }),
    );
  });

  it("name the build that the labels name", () => {
    fc.assert(
      fc.property(anySource, anyKind, (given, kind) => {
        const made = planOrRefusal(given, kind);
        if (made === undefined) return;
        assert.ok(made.tags.includes(made.labels["org.opencontainers.image.version"] ?? ""));
        assert.equal(made.buildArgs["VERSION"], made.labels["org.opencontainers.image.version"]);
        assert.equal(made.buildArgs["REVISION"], made.labels["org.opencontainers.image.revision"]);
        assert.deepEqual(made.annotations, made.labels);
      }),
    );
  });
});

describe("a platform without a builder", () => {
  const nodes = (...platforms: readonly (readonly string[])[]) =>
    settingsOf({ builderNodes: JSON.stringify(platforms.map((each) => ({ platforms: each }))) });

  it("is told with what the nodes build and what is to be done", () => {
    assert.deepEqual(platformFaults(serviceOf(), nodes(["linux/amd64"])), [
      {
        code: "platform-without-builder",
        where: "services/hello-python/service.ts: platforms",
        problem: "no builder node builds this platform; there are nodes for linux/amd64",
        got: "linux/arm64",
        fix: "give the builder a node that builds it (ghcr-platform:builderNodes), or leave the platform out",
      },
    ]);
  });

  it("is none where the nodes together build all", () => {
    assert.deepEqual(platformFaults(serviceOf(), nodes(["linux/arm64"], ["linux/amd64"])), []);
    assert.deepEqual(platformFaults(serviceOf(), settingsOf()), []);
  });

  it("is each platform that no node names, and no other", () => {
    const platforms = fc.subarray(["linux/amd64", "linux/arm64"] as const, { minLength: 1 });
    fc.assert(
      fc.property(platforms, fc.array(platforms, { minLength: 1, maxLength: 3 }), (wanted, built) => {
        const faults = platformFaults(serviceOf({ platforms: wanted }), nodes(...built));
        assert.deepEqual(
          faults.map(({ got }) => got),
          wanted.filter((each) => !built.flat().includes(each)),
        );
      }),
    );
  });
});
