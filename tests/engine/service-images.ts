/**
 * What must hold of the images that the sandbox builds, for a registry and a builder that run. A test file calls
 * `describeServiceImages` with a function that gives them.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRegistry, type Descriptor, type Registry } from "../../clients/registry";
import { recipes, type Runtime } from "../../sandbox/base-images/recipe";
import type { Builder } from "../../sandbox/builder";

export interface ImageWorld {
  /** Registry host. */
  readonly registry: string;
  readonly builder: Builder;
  readonly baseImages: Readonly<Record<Runtime, string>>;
}

/** An image's configuration, as far as these tests read it. */
interface ImageConfig {
  readonly architecture: string;
  readonly config: { readonly User: string };
}

interface PlatformImage {
  readonly platform: string;
  readonly digest: string;
  readonly layers: readonly Descriptor[];
  readonly config: ImageConfig;
}

const ROOT = join(__dirname, "../..");
const SERVICES = [
  { name: "hello-python", runtime: "python" },
  { name: "todost", runtime: "node" },
] as const;

export function describeServiceImages(world: () => Promise<ImageWorld>): void {
  let scratch: string;
  before(() => (scratch = mkdtempSync(join(tmpdir(), "service-images-"))));
  after(() => rmSync(scratch, { recursive: true }));

  for (const runtime of Object.keys(recipes) as Runtime[]) {
    describe(`the base image for ${runtime}`, () => {
      it("is there for both platforms, and says to a scanner what is in it", async () => {
        const { registry, baseImages } = await world();
        const images = await readIndex(openRegistry(registry), baseImages[runtime]);
        assert.deepEqual(images.map(({ platform }) => platform).sort(), ["linux/amd64", "linux/arm64"]);
        for (const image of images) {
          const [layer, ...others] = await downloadLayers(
            registry,
            recipes[runtime].repository,
            image,
            scratch,
          );
          assert.ok(layer !== undefined && others.length === 0);
          const files = execFileSync("tar", ["-tf", layer], { encoding: "utf8" }).split("\n");
          const records = files.flatMap((file) => /^var\/lib\/dpkg\/status\.d\/(.+)$/.exec(file)?.[1] ?? []);
          assert.deepEqual(records.sort(), [...recipes[runtime].packages].sort());
          const [osRelease, libc, passwd, certificates] = read(layer, [
            "usr/lib/os-release",
            "var/lib/dpkg/status.d/libc6",
            "etc/passwd",
            "etc/ssl/certs/ca-certificates.crt",
          ]);
          assert.match(osRelease ?? "", /^ID=debian$/m);
          assert.match(libc ?? "", /^Version: \S+$/m);
          assert.match(libc ?? "", new RegExp(`^Architecture: ${image.config.architecture}$`, "m"));
          assert.match(passwd ?? "", /^nonroot:x:65532:65532:/m);
          assert.match(certificates ?? "", /^-----BEGIN CERTIFICATE-----$/m);
        }
      });
    });
  }

  for (const { name, runtime } of SERVICES) {
    describe(`the image of ${name}`, () => {
      /** Builds from a copy whose files have these times (Unix, seconds) and permissions; nothing from a cache. */
      const build = async (time: number, mode: string): Promise<PlatformImage[]> => {
        const { registry, builder, baseImages } = await world();
        const context = join(scratch, `${name}-${time}`);
        cpSync(join(ROOT, "services", name), context, { recursive: true });
        execFileSync("chmod", ["-R", mode, context]);
        for (const file of readdirSync(context, { recursive: true, encoding: "utf8" })) {
          utimesSync(join(context, file), time, time);
        }
        const repository = `${registry}/tests/${name}`;
        const { digest } = await builder.build({
          context,
          platforms: builder.platforms,
          buildArgs: { BASE_IMAGE: baseImages[runtime], VERSION: "1.2.3", REVISION: "abc1234" },
          names: [repository],
          sourceDateEpoch: 315532800,
          noCache: true,
        });
        return readIndex(openRegistry(registry), `${repository}@${digest}`);
      };

      it("is the same, platform by platform, whenever and from whatever checkout it is built", async () => {
        const first = await build(1_000_000_000, "u=rwX,g=rwX,o=rX");
        const second = await build(1_750_000_000, "u=rwX,g=,o=");
        assert.deepEqual(
          second.map(({ platform, digest }) => [platform, digest]),
          first.map(({ platform, digest }) => [platform, digest]),
        );
      });

      it("holds the base, the service's source, and no tests, for a user with a number", async () => {
        const { registry, baseImages } = await world();
        const base = await readIndex(openRegistry(registry), baseImages[runtime]);
        for (const image of await build(1_600_000_000, "u=rwX,go=rX")) {
          const below = base.find(({ platform }) => platform === image.platform);
          assert.equal(image.layers[0]?.digest, below?.layers[0]?.digest);
          assert.equal(image.config.config.User, "65532:65532");
          const own = await downloadLayers(
            registry,
            `tests/${name}`,
            { ...image, layers: image.layers.slice(1) },
            scratch,
          );
          const files = own.flatMap((layer) =>
            execFileSync("tar", ["-tf", layer], { encoding: "utf8" }).split("\n"),
          );
          assert.ok(
            files.some((file) => /^app\/.*main/.test(file)),
            files.join(" "),
          );
          assert.deepEqual(
            files.filter((file) => file !== "" && !/^(app|data)\//.test(file)),
            [],
          );
          assert.deepEqual(
            files.filter((file) => /test|Dockerfile|__pycache__/.test(file)),
            [],
          );
        }
      });
    });
  }
}

/** `reference` is `<host>/<repository>@<digest>` of an index. */
async function readIndex(registry: Registry, reference: string): Promise<PlatformImage[]> {
  const [name = "", digest = ""] = reference.split("@");
  const repository = name.slice(registry.host.length + 1);
  const index = await registry.manifest(repository, digest);
  assert.equal(index.mediaType, "application/vnd.oci.image.index.v1+json");
  const { manifests } = index.json as {
    manifests: (Descriptor & { platform: { os: string; architecture: string } })[];
  };
  return Promise.all(
    manifests.map(async ({ digest: child, platform }) => {
      const { json } = await registry.manifest(repository, child);
      const { config, layers } = json as { config: Descriptor; layers: Descriptor[] };
      return {
        platform: `${platform.os}/${platform.architecture}`,
        digest: child,
        layers,
        config: (await registry.config(repository, config.digest)) as ImageConfig,
      };
    }),
  );
}

/** Paths of the layers' archives, in order. */
async function downloadLayers(
  host: string,
  repository: string,
  { layers }: PlatformImage,
  folder: string,
): Promise<string[]> {
  return Promise.all(
    layers.map(async ({ digest }) => {
      const file = join(folder, `${digest.replace(":", "-")}.tar.gz`);
      const response = await fetch(`http://${host}/v2/${repository}/blobs/${digest}`);
      assert.equal(response.status, 200);
      writeFileSync(file, Buffer.from(await response.arrayBuffer()));
      return file;
    }),
  );
}

/** The text of these files of an archive, read in one go: the archives are large. */
function read(archive: string, paths: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "layer-"));
  try {
    execFileSync("tar", ["-xf", archive, "-C", folder, ...paths]);
    return paths.map((path) => readFileSync(join(folder, path), "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
