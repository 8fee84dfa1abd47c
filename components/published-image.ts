import { join, relative } from "node:path";
import * as command from "@pulumi/command";
import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { buildDefinition } from "../core/evidence";
import { annotationKeys } from "../core/labels";
import { imageExporter, type PublishPlan } from "../core/publish";
import type { GateResult } from "../core/scan";
import type { ImageBuilder } from "./image-builder";

export interface PublishedImageArgs {
  /**
   * What is built from where and how it is named: plain data, from `core/publish`. A change builds and tags anew;
   * what was pushed before stays, under the tags that didn't move on.
   */
  readonly plan: PublishPlan;
  /** Builds every platform of the plan, and signs in to the registry that the plan's image is in. */
  readonly builder: ImageBuilder;
  /** Page of the source repository; it links the package to the repository. A change builds anew. */
  readonly sourceUrl: pulumi.Input<string>;
  /** Folder in the checkout of the source, from the program's, which tells which commit is older. @default `.` */
  readonly checkout?: string;
}

/**
 * Once this exists, the service's image index is in the registry with every declared platform, has passed its
 * checks and the vulnerability gate, its tags point at it, and the gate's result, SBOMs and provenance are kept with it. It is pushed by digest; a tag appears only after both.
 * A preview builds nothing. Removing it from the program leaves image and tags in the registry.
 */
export class PublishedImage extends pulumi.ComponentResource {
  /** `<registry>/<owner>/<service>@sha256:…`, known once the tags point at it. */
  readonly reference: pulumi.Output<string>;
  /** Digest of the image index. */
  readonly digest: pulumi.Output<string>;
  /** Digest of each platform's manifest, by platform. */
  readonly platforms: pulumi.Output<Record<string, string>>;
  /** Declared tags, not what a moving tag points at by now. */
  readonly tags: pulumi.Output<readonly string[]>;
  /** What the vulnerability gate found before the tags were set. */
  readonly scan: pulumi.Output<GateResult>;

  constructor(name: string, args: PublishedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ghcr-platform:index:PublishedImage", name, { plan: args.plan }, opts);
    const { plan, builder } = args;
    const child = { parent: this };
    const labels = withSource(plan.labels, args.sourceUrl);

    const build = new dockerBuild.Image(`${name}-build`, buildArgs(args, labels), {
      ...child,
      // The plugin deletes a pushed manifest with its resource; ghcr.io refuses that, and images are kept.
      retainOnDelete: true,
    });
    const pushed = pulumi.interpolate`${plan.image}@${build.digest}`;
    const checks = new command.local.Command(
      `${name}-checks`,
      ghcr("image check", builder, { image: pushed, platforms: plan.platforms, labels, nonRoot: true }),
      child,
    );
    // The provider holds all that a command prints for secret as soon as its environment is; digests are not.
    const checked = pulumi.unsecret(checks.stdout).apply(parseChecked);
    // Each takes what the one before let through, so no tag can come before the checks and the scan.
    const scan = new command.local.Command(
      `${name}-scan`,
      ghcr("image scan", builder, { image: checked.apply(({ image }) => image), ...plan.scan }),
      child,
    );
    const scanned = pulumi.unsecret(scan.stdout).apply((text) => JSON.parse(text) as Scanned);
    const tagged = new command.local.Command(
      `${name}-tags`,
      ghcr("image tag", builder, {
        image: scanned.apply(({ image }) => image),
        tags: plan.tags,
        git: args.checkout ?? ".",
      }),
      child,
    );
    // Promotion asks for it. What was tagged before keeps its own.
    const source = pulumi.output(args.sourceUrl);
    new command.local.Command(
      `${name}-evidence`,
      ghcr("image attest", builder, {
        image: pulumi.unsecret(tagged.stdout).apply((text) => String(JSON.parse(text).image)),
        gateResults: [scanned.apply(({ result }) => result)],
        provenance: source.apply((url) => buildDefinition({ ...plan.provenance, source: url })),
        builder: pulumi.interpolate`${source}#pulumi-up`,
        database: plan.scan.database,
      }),
      child,
    );

    this.digest = build.digest;
    this.platforms = checked.apply(({ platforms }) =>
      Object.fromEntries(platforms.map(({ platform, digest }) => [platform, digest])),
    );
    this.reference = pulumi.all([pushed, tagged.id]).apply(([reference]) => reference);
    this.tags = pulumi.output(plan.tags);
    this.scan = scanned.apply(({ result }) => result);
    this.registerOutputs({
      reference: this.reference,
      digest: this.digest,
      platforms: this.platforms,
      tags: this.tags,
      scan: this.scan,
    });
  }
}

/** GHCR links a package to the repository that labels and index annotations name; it is known once that exists. */
function withSource(
  texts: PublishPlan["labels"],
  sourceUrl: pulumi.Input<string>,
): pulumi.Output<Record<string, string>> {
  return pulumi
    .output(sourceUrl)
    .apply((url): Record<string, string> => ({ ...texts, [annotationKeys.source]: url }));
}

function buildArgs(
  { plan, builder, sourceUrl }: PublishedImageArgs,
  labels: pulumi.Output<Record<string, string>>,
): dockerBuild.ImageArgs {
  return {
    builder: { name: builder.builderName },
    context: { location: plan.context },
    dockerfile: { location: plan.dockerfile },
    platforms: plan.platforms.map((platform) => platform as dockerBuild.Platform),
    buildArgs: { ...plan.buildArgs },
    labels,
    push: false,
    buildOnPreview: false,
    exports: [
      {
        raw: withSource(plan.annotations, sourceUrl).apply((annotations) =>
          imageExporter({ names: [plan.image], annotations }),
        ),
      },
    ],
    ...cache(plan),
    ...(builder.credentials === undefined
      ? {}
      : { registries: [{ address: builder.registry, ...builder.credentials }] }),
  };
}

function cache(plan: PublishPlan): Pick<dockerBuild.ImageArgs, "cacheFrom" | "cacheTo"> {
  if (plan.buildCache === undefined) return {};
  const ref = plan.buildCache;
  return {
    cacheFrom: [{ registry: { ref } }],
    cacheTo: [
      {
        registry: {
          ref,
          mode: dockerBuild.CacheMode.Max,
          imageManifest: true,
          ociMediaTypes: true,
          ignoreError: true,
        },
      },
    ],
  };
}

/** What the checks print of the index that they read back from the registry. */
interface Checked {
  readonly image: string;
  readonly platforms: readonly { readonly platform: string; readonly digest: string }[];
}

/** What the scan prints. */
interface Scanned {
  readonly image: string;
  readonly result: GateResult;
}

/**
 * The platforms come from here, and not from a function that a provider calls in every preview: each read of a
 * manifest counts as a download on GHCR, and past 5,000 of them a public version can't be deleted.
 */
function parseChecked(stdout: string): Checked {
  const { image, platforms } = JSON.parse(stdout) as Checked;
  return { image, platforms: [...platforms].sort((a, b) => (a.platform < b.platform ? -1 : 1)) };
}

/**
 * The `ghcr` command of the checkout or package that this file is in. From the program's folder, in which the engine
 * runs it: the state must not know where on a machine that lies.
 */
const ghcrCommand = quoted(join(relative(process.cwd(), join(__dirname, "..")), "cli", "ghcr"));

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** A run of the `ghcr` command with its input on stdin: run again whenever that input changes. */
function ghcr(
  subcommand: string,
  builder: ImageBuilder,
  input: Record<string, pulumi.Input<unknown>>,
): command.local.CommandArgs {
  const { credentials } = builder;
  return {
    create: `${ghcrCommand} ${subcommand} --input - --json`,
    stdin: pulumi.jsonStringify(input),
    // What it prints is its result, read from the output; people get to see what it says on stderr.
    logging: command.local.Logging.Stderr,
    ...(credentials === undefined
      ? {}
      : {
          environment: {
            GHCR_REGISTRY: builder.registry,
            GHCR_USERNAME: credentials.username,
            GHCR_TOKEN: credentials.password,
          },
        }),
  };
}
