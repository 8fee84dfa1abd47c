/** Forty images as teams leave them in a package: what stays by the policy beside it, and what goes, with all parts. */
import { digestOf } from "../../clients/registry";
import { document, types, type TestDocument } from "../../clients/testing/images";
import { tokens, type GhcrTrial } from "../../sandbox/ghcr/trial";

export interface SceneImage {
  readonly name: string;
  readonly stays: boolean;
  /** Tags that point at it at the end. */
  readonly tags: readonly string[];
  readonly root: TestDocument;
  /** Itself, what it lists at any depth, and what refers to it. */
  readonly manifests: readonly TestDocument[];
  readonly blobs: readonly Buffer[];
}

export interface Scene {
  readonly images: readonly SceneImage[];
  /** Of the GitHub stand-in, when everything was pushed. */
  readonly now: Date;
}

const day = 24 * 60 * 60 * 1000;

export const scenePolicy = {
  graceDays: 2,
  rollback: 0,
  environments: ["production"],
  rules: [
    { id: "releases", kind: "keep-releases", count: 3, per: "minor" },
    { id: "old-releases", kind: "expire-tagged", of: "semver", afterDays: 30 },
    { id: "development", kind: "expire-tagged", of: "development", afterDays: 14 },
    { id: "commits", kind: "expire-tagged", of: "sha", afterDays: 30 },
    { id: "pull-requests", kind: "expire-pull-requests", afterDays: 7 },
    { id: "untagged", kind: "expire-untagged", afterDays: 14 },
    { id: "orphans", kind: "expire-orphans", afterDays: 7 },
  ],
  brake: { versions: 1_000, percent: 100 },
};

/** Pull requests 1 to 3 are closed, 4 and 5 open; 6 GitHub never heard of. */
export const scenePullRequests = [1, 2, 3, 4, 5].map((number) => ({
  number,
  closedAt: number <= 3 ? "2020-01-01T00:00:00Z" : null,
}));

const commit = (number: number): string => number.toString(16).padStart(7, "0");

/** Pushes it all as builders and signers do, in the order of a team's days, `repository` being `<owner>/<name>`. */
export async function pushScene(trial: GhcrTrial, repository: string): Promise<Scene> {
  const pusher = new Pusher(trial, repository);
  const push = pusher.image.bind(pusher);

  // Ten patch releases, whose moving tags the newest has; production runs an old one.
  for (let patch = 0; patch < 10; patch++) {
    const production = patch === 5;
    await push(`release 1.0.${patch}`, {
      stays: production || patch >= 7,
      tags: [`1.0.${patch}`, "1.0", "1", ...(production ? ["production"] : [])],
      signed: patch % 2 === 0 ? "both" : "tag",
      attested: true,
    });
  }
  for (let number = 1; number <= 8; number++)
    await push(`development ${number}`, { stays: false, tags: [`dev-ann-${commit(number)}`], signed: "tag" });
  // The last of them runs somewhere: see the test's list of what is in use.
  for (let number = 11; number <= 14; number++)
    await push(`commit ${number}`, {
      stays: number === 14,
      tags: [`sha-${commit(number)}`],
      signed: "subject",
    });
  for (let number = 1; number <= 6; number++)
    await push(`pull request ${number}`, { stays: number > 3, tags: [`pr-${number}`] });
  for (let number = 1; number <= 4; number++)
    await push(`main ${number}`, { stays: number === 4, tags: ["latest"], signed: "tag", attested: true });
  await push("nested release", {
    stays: true,
    tags: ["2.0.0"],
    nested: true,
    signed: "both",
    attested: true,
  });
  await push("nested development", {
    stays: false,
    tags: [`dev-bob-${commit(21)}`],
    nested: true,
    attested: true,
  });
  await push("release that shares", { stays: true, tags: ["1.1.0"], shared: true, attested: true });
  await push("development that shares", {
    stays: false,
    tags: [`dev-bob-${commit(22)}`],
    shared: true,
    attested: true,
  });
  for (const number of [1, 2])
    await pusher.cache(`cache ${number}`, { stays: number === 2, tag: "buildcache-shop" });
  await trial.control("clock", { advanceMs: 60 * day });
  await push("fresh development", { stays: true, tags: [`dev-ann-${commit(31)}`] });
  await push("fresh untagged", { stays: true, tags: [] });
  return { images: pusher.images(), now: new Date(Date.now() + 60 * day) };
}

interface ImageOptions {
  readonly stays: boolean;
  readonly tags: readonly string[];
  /** cosign's old form is a tag `sha256-<hex>.sig`; its new one a manifest with a subject, in the fallback index. */
  readonly signed?: "tag" | "subject" | "both";
  /** With an attestation for each platform, in its index. */
  readonly attested?: boolean;
  /** An index of two indexes. */
  readonly nested?: boolean;
  /** Its amd64 manifest is the same as that of every other image that shares. */
  readonly shared?: boolean;
}

class Pusher {
  private readonly pushed: (Omit<SceneImage, "tags"> & { readonly ownTags: readonly string[] })[] = [];
  private readonly tags = new Map<string, string>();

  constructor(
    private readonly trial: GhcrTrial,
    private readonly repository: string,
  ) {}

  images(): SceneImage[] {
    return this.pushed.map(({ ownTags, ...image }) => ({
      ...image,
      tags: ownTags.filter((tag) => this.tags.get(tag) === image.root.digest),
    }));
  }

  async image(name: string, options: ImageOptions): Promise<void> {
    const parts = new Parts(name);
    const leaves = ["amd64", "arm64"].map((architecture) =>
      parts.platform(architecture, options.shared === true && architecture === "amd64" ? "shared" : name),
    );
    const attestations = options.attested === true ? leaves.map((leaf) => parts.attestation(leaf)) : [];
    const root = parts.index(
      options.nested === true
        ? leaves.map((leaf, at) => parts.index([leaf, ...attestations.slice(at, at + 1)]))
        : [...leaves, ...attestations],
    );
    await this.upload(parts);
    await this.tag(root, options.tags);
    const { signed } = options;
    if (signed === "tag" || signed === "both") {
      const signature = parts.signature("tag");
      await this.upload(parts);
      await this.tag(signature, [`${root.digest.replace(":", "-")}.sig`]);
    }
    if (signed === "subject" || signed === "both") {
      const fallback = parts.index([parts.signature("subject", root)]);
      await this.upload(parts);
      await this.tag(fallback, [root.digest.replace(":", "-")]);
    }
    this.note(name, options.stays, root, parts, options.tags);
  }

  /** As BuildKit exports it with `image-manifest=true`. */
  async cache(name: string, { stays, tag }: { stays: boolean; tag: string }): Promise<void> {
    const parts = new Parts(name);
    const root = parts.manifest("application/vnd.buildkit.cacheconfig.v0", { name });
    await this.upload(parts);
    await this.tag(root, [tag]);
    this.note(name, stays, root, parts, [tag]);
  }

  private note(
    name: string,
    stays: boolean,
    root: TestDocument,
    { manifests, blobs }: Parts,
    ownTags: readonly string[],
  ): void {
    this.pushed.push({ name, stays, root, manifests, blobs, ownTags });
  }

  /** Blobs and, by their digests, manifests, children first; what was pushed before changes nothing. */
  private async upload({ blobs, manifests }: Parts): Promise<void> {
    for (const blob of blobs) {
      const status = await this.trial.pushBlob(this.repository, blob, digestOf(blob));
      if (status !== 201) throw new Error(`a blob of ${this.repository} is refused with ${status}`);
    }
    for (const manifest of manifests) await this.put(manifest, manifest.digest);
  }

  private async tag(manifest: TestDocument, tags: readonly string[]): Promise<void> {
    for (const tag of tags) {
      await this.put(manifest, tag);
      this.tags.set(tag, manifest.digest);
    }
  }

  private async put({ bytes, mediaType }: TestDocument, reference: string): Promise<void> {
    await this.trial.as(tokens.alice).putManifest(this.repository, reference, bytes, mediaType);
  }
}

/** The documents of one image, as they are made: children before what lists them. */
class Parts {
  readonly manifests: TestDocument[] = [];
  readonly blobs: Buffer[] = [];

  constructor(private readonly name: string) {}

  /** @param salt the same gives the same manifest, whatever image it is of */
  platform(architecture: string, salt: string): TestDocument {
    const layer = `layer of ${salt}`;
    const rootfs = { type: "layers", diff_ids: [digestOf(Buffer.from(layer))] };
    const config = { architecture, os: "linux", config: { Labels: { salt } }, rootfs };
    return this.manifest(types.config, config, { layer, platform: { architecture, os: "linux" } });
  }

  /** As BuildKit attaches it: in the index, for no platform, naming what it is about. */
  attestation(about: TestDocument): TestDocument {
    const config = { architecture: "unknown", os: "unknown", about: about.digest };
    return this.manifest(types.config, config, {
      layer: `in-toto statement on ${about.digest}`,
      layerType: "application/vnd.in-toto+json",
      platform: { architecture: "unknown", os: "unknown" },
      annotations: {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": about.digest,
      },
    });
  }

  signature(form: string, subject?: TestDocument): TestDocument {
    return this.manifest(
      types.config,
      { signature: form, of: this.name },
      {
        layer: `${form} signature of ${this.name}`,
        layerType: "application/vnd.dev.cosign.simplesigning.v1+json",
        ...(subject === undefined ? {} : { subject }),
      },
    );
  }

  manifest(
    configType: string,
    config: object,
    more: {
      readonly layer?: string;
      readonly layerType?: string;
      readonly subject?: TestDocument;
      readonly platform?: object;
      readonly annotations?: object;
    } = {},
  ): TestDocument {
    const { layer = `layer of ${this.name}`, layerType = types.layer, subject } = more;
    const made = document(types.manifest, {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: { ...this.blob(JSON.stringify(config)), mediaType: configType },
      layers: [{ ...this.blob(layer), mediaType: layerType }],
      ...(subject === undefined ? {} : { subject: described(subject) }),
    });
    this.entries.set(made, {
      ...(more.platform === undefined ? {} : { platform: more.platform }),
      ...(more.annotations === undefined ? {} : { annotations: more.annotations }),
    });
    this.manifests.push(made);
    return made;
  }

  index(children: readonly TestDocument[]): TestDocument {
    const made = document(types.index, {
      schemaVersion: 2,
      mediaType: types.index,
      manifests: children.map((child) => ({ ...described(child), ...this.entries.get(child) })),
      annotations: { "org.opencontainers.image.title": this.name },
    });
    this.manifests.push(made);
    return made;
  }

  /** What an index says of each manifest beside its descriptor. */
  private readonly entries = new Map<TestDocument, object>();

  private blob(text: string): { digest: string; size: number } {
    const bytes = Buffer.from(text);
    this.blobs.push(bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  }
}

function described({ digest, mediaType, bytes }: TestDocument) {
  return { digest, mediaType, size: bytes.length };
}
