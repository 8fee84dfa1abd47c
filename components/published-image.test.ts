import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { BuildDefinition } from "../core/evidence";
import { parseSettings } from "../core/fleet";
import { imageExporter, planPublish, type PublishPlan, type Source } from "../core/publish";
import { defaultDatabase } from "../core/scan";
import { ImageBuilder, type RegistryCredentials } from "./image-builder";
import { PublishedImage } from "./published-image";
import { builtDigest, gateResult, manifestDigests } from "./testing/answers";
import { serviceOf } from "./testing/declarations";
import { declare, plainText, secret, valueOf, type DeclareOptions } from "./testing/mocks";

const source: Source = {
  ref: "refs/heads/main",
  revision: "0123456789abcdef0123456789abcdef01234567",
  committedAt: new Date("2026-11-24T12:00:00Z"),
  dirty: false,
  gitTag: undefined,
  defaultBranch: "main",
  repository: "albeorla/shop",
  developer: "ada",
  dockerfile: "FROM scratch\n",
};
const sourceUrl = "https://github.com/albeorla/shop";

function planOf(config: Readonly<Record<string, string>> = {}): PublishPlan {
  const settings = parseSettings("prod", { owner: "albeorla", ...config });
  return planPublish(serviceOf({ name: "todost", description: "Keeps, and does" }), settings, source);
}

interface Case extends DeclareOptions {
  readonly plan?: PublishPlan;
  readonly registry?: string;
  readonly credentials?: () => RegistryCredentials;
}

const declared = ({ plan = planOf(), registry = "ghcr.io", credentials, ...options }: Case = {}) =>
  declare(() => {
    const builder = new ImageBuilder("builder", {
      registry,
      builder: { driver: "docker-container", nodes: [{ platforms: ["linux/amd64", "linux/arm64"] }] },
      ...(credentials === undefined ? {} : { credentials: credentials() }),
    });
    return new PublishedImage("todost-image", { plan, builder, sourceUrl });
  }, options);

const inputOf = ({ inputs }: { readonly inputs: Readonly<Record<string, unknown>> }) =>
  JSON.parse(String(inputs["stdin"])) as Record<string, unknown>;

describe("a published image", () => {
  it("is a build, its checks, its scan, its tags and the gate's result", async () => {
    const program = await declared();
    assert.deepEqual(program.tree(program.get("PublishedImage", "todost-image")), [
      "Image todost-image-build",
      "Command todost-image-checks",
      "Command todost-image-evidence",
      "Command todost-image-scan",
      "Command todost-image-tags",
    ]);
  });

  it("is built as planned by the builder, for every platform, and not in a preview", async () => {
    const plan = planOf();
    const { builder, context, dockerfile, platforms, buildArgs, buildOnPreview, cacheFrom, cacheTo } = (
      await declared({ plan })
    ).get("Image", "todost-image-build").inputs;
    assert.deepEqual(
      { builder, context, dockerfile, platforms, buildArgs, buildOnPreview },
      {
        builder: { name: "ghcr-platform" },
        context: { location: "services/todost" },
        dockerfile: { location: "services/todost/Dockerfile" },
        platforms: ["linux/amd64", "linux/arm64"],
        buildArgs: plan.buildArgs,
        buildOnPreview: false,
      },
    );
    const ref = "ghcr.io/albeorla/todost:buildcache-todost";
    assert.deepEqual(cacheFrom, [{ registry: { ref } }]);
    assert.deepEqual(cacheTo, [
      { registry: { ref, mode: "max", imageManifest: true, ociMediaTypes: true, ignoreError: true } },
    ]);
  });

  it("leaves the cache to the builder where the stack says so", async () => {
    const { inputs } = (await declared({ plan: planOf({ buildCache: "builder" }) })).get(
      "Image",
      "todost-image-build",
    );
    assert.ok(!("cacheFrom" in inputs) && !("cacheTo" in inputs));
  });

  it("is pushed by its digest alone: neither the build nor its plugin gives it a tag", async () => {
    const { push, tags, exports } = (await declared()).get("Image", "todost-image-build").inputs as {
      push: boolean;
      tags?: readonly string[];
      exports: readonly { raw: string }[];
    };
    assert.deepEqual([push, tags, exports.length], [false, undefined, 1]);
    const fields = exports[0]?.raw.split(",") ?? [];
    for (const field of ["name=ghcr.io/albeorla/todost", "push=true", "push-by-digest=true"]) {
      assert.ok(fields.includes(field), field);
    }
  });

  it("says in labels and annotations where its source is, which links the package to the repository", async () => {
    const plan = planOf();
    const { labels, exports } = (await declared({ plan })).get("Image", "todost-image-build").inputs;
    const withSource = (texts: PublishPlan["labels"]) => ({
      ...texts,
      "org.opencontainers.image.source": sourceUrl,
    });
    assert.deepEqual(labels, withSource(plan.labels));
    assert.deepEqual(exports, [
      { raw: imageExporter({ names: [plan.image], annotations: withSource(plan.annotations) }) },
    ]);
  });

  it("stays in the registry when the program no longer declares it", async () => {
    assert.equal((await declared()).get("Image", "todost-image-build").retainOnDelete, true);
  });

  it("is checked by its digest for its platforms, its labels and a user that isn't root", async () => {
    const plan = planOf();
    const checks = (await declared({ plan })).get("Command", "todost-image-checks");
    assert.equal(checks.inputs["create"], "cli/ghcr image check --input - --json");
    assert.deepEqual(inputOf(checks), {
      image: `ghcr.io/albeorla/todost@${builtDigest}`,
      platforms: ["linux/amd64", "linux/arm64"],
      labels: { ...plan.labels, "org.opencontainers.image.source": sourceUrl },
      nonRoot: true,
    });
  });

  it("is scanned by its digest, with the service's exceptions and the stack's database", async () => {
    const exceptions = [
      { id: "CVE-2024-1", scope: "all", owner: "@albeorla/web", reason: "not reached", until: "2027-01-31" },
    ];
    const staticImage = { reason: "one binary" };
    const settings = parseSettings("prod", {
      owner: "albeorla",
      vulnerabilityDatabase: "ghcr.io/albeorla/db:2",
    });
    const plan = planPublish(serviceOf({ name: "todost", exceptions, staticImage }), settings, source);
    const scan = (await declared({ plan })).get("Command", "todost-image-scan");
    assert.equal(scan.inputs["create"], "cli/ghcr image scan --input - --json");
    assert.deepEqual(inputOf(scan), {
      image: `ghcr.io/albeorla/todost@${builtDigest}`,
      database: "ghcr.io/albeorla/db:2",
      exceptions,
      staticImage: "one binary",
    });
  });

  it("goes from build over checks and scan to its tags, each with what the one before let through", async () => {
    const through = (step: string) => `ghcr.io/albeorla/todost@sha256:through-${step}`;
    const program = await declared({
      answers: { Command: (name) => ({ stdout: JSON.stringify({ image: through(name), platforms: [] }) }) },
    });
    const steps = ["checks", "scan", "tags"].map((step) => program.get("Command", `todost-image-${step}`));
    const [checks, scan, tags] = steps;
    assert.ok(checks && scan && tags);
    assert.equal(inputOf(scan)["image"], through("todost-image-checks"));
    assert.equal(tags.inputs["create"], "cli/ghcr image tag --input - --json");
    assert.deepEqual(inputOf(tags), {
      image: through("todost-image-scan"),
      tags: ["latest", "sha-0123456"],
      git: ".",
    });
    assert.ok(program.comesBefore(program.get("Image", "todost-image-build"), checks));
    assert.ok(program.comesBefore(checks, scan) && program.comesBefore(scan, tags));
  });

  it("keeps the gate's result and provenance with what was tagged", async () => {
    const program = await declared();
    const evidence = program.get("Command", "todost-image-evidence");
    assert.equal(evidence.inputs["create"], "cli/ghcr image attest --input - --json");
    const { provenance, ...rest } = inputOf(evidence) as { provenance: BuildDefinition };
    assert.deepEqual(rest, {
      image: `ghcr.io/albeorla/todost@${builtDigest}`,
      gateResults: [gateResult],
      builder: `${sourceUrl}#pulumi-up`,
      database: defaultDatabase,
    });
    assert.deepEqual(provenance.resolvedDependencies, [
      { uri: `git+${sourceUrl}@refs/heads/main`, digest: { gitCommit: source.revision } },
    ]);
    assert.ok(program.comesBefore(program.get("Command", "todost-image-tags"), evidence));
  });

  it("has the digest of every platform as the checks read it back, each under its name", async () => {
    const program = await declared();
    assert.deepEqual(
      Object.entries(await valueOf(program.result.platforms)),
      Object.entries(manifestDigests),
    );
  });

  it("shows digests in the clear where the checks ran with a password", async () => {
    const printed = { image: `ghcr.io/albeorla/todost@${builtDigest}`, platforms: [] };
    const program = await declared({
      answers: { Command: () => ({ stdout: pulumi.secret(JSON.stringify(printed)) }) },
    });
    const { result } = program;
    const all: pulumi.Output<unknown>[] = [result.reference, result.digest, result.platforms, result.tags];
    for (const shown of all) {
      assert.equal(await pulumi.isSecret(shown), false);
    }
  });

  it("asks the registry nothing by itself: a preview counts as no download", async () => {
    assert.deepEqual((await declared()).invocations, []);
  });

  it("gives its reference to others only once its tags point at it", async () => {
    const program = await declare(() => {
      const builder = new ImageBuilder("builder", {
        registry: "ghcr.io",
        builder: { driver: "docker-container", nodes: [{ platforms: ["linux/amd64"] }] },
      });
      const image = new PublishedImage("todost-image", { plan: planOf(), builder, sourceUrl });
      new pulumi.ComponentResource("test:index:Deployment", "deployment", { image: image.reference });
    });
    const deployment = program.get("Deployment", "deployment");
    assert.equal(deployment.inputs["image"], `ghcr.io/albeorla/todost@${builtDigest}`);
    assert.ok(program.comesBefore(program.get("Command", "todost-image-tags"), deployment));
  });

  it("says reference, digest, platforms, declared tags and the gate's result in the state", async () => {
    const program = await declared();
    assert.deepEqual(program.outputsOf(program.get("PublishedImage", "todost-image")), {
      reference: `ghcr.io/albeorla/todost@${builtDigest}`,
      digest: builtDigest,
      platforms: manifestDigests,
      tags: ["latest", "sha-0123456"],
      scan: gateResult,
    });
  });

  it("takes credentials to build, checks, scan and tags as secrets, never in a command line", async () => {
    const program = await declared({
      credentials: () => ({ username: "ada", password: pulumi.secret("hunter2") }),
    });
    assert.deepEqual(program.get("Image", "todost-image-build").inputs["registries"], [
      { address: "ghcr.io", username: "ada", password: secret("hunter2") },
    ]);
    for (const name of [
      "todost-image-checks",
      "todost-image-scan",
      "todost-image-tags",
      "todost-image-evidence",
    ]) {
      assert.deepEqual(program.get("Command", name).inputs["environment"], {
        GHCR_REGISTRY: "ghcr.io",
        GHCR_USERNAME: "ada",
        GHCR_TOKEN: secret("hunter2"),
      });
    }
    for (const each of program.registrations) {
      assert.doesNotMatch(plainText([each.inputs, program.outputsOf(each)]), /hunter2/, each.name);
    }
  });

  it("asks for no credentials where the stack has none: the machine's own apply", async () => {
    const program = await declared();
    assert.ok(!("registries" in program.get("Image", "todost-image-build").inputs));
    assert.ok(!("environment" in program.get("Command", "todost-image-tags").inputs));
  });
});
