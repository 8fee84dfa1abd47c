import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { ServiceOutputs } from "../../components/container-service";
import { startWorld, type World } from "./world";

interface JournalEntry {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

describe("pulumi up of the two services", () => {
  let world: World;
  let secretValues: string[] = [];
  let printed = "";
  const argumentLists: string[] = [];

  before(async () => {
    world = await startWorld();
    const watch = setInterval(
      () => argumentLists.push(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })),
      300,
    );
    const { code, output } = await world.stack.run("up", ["--yes", "--skip-preview"]);
    clearInterval(watch);
    assert.equal(code, 0, output);
    printed = output;
    const config = await world.stack.secretConfig();
    secretValues = [
      world.sandbox.github.token,
      // As it signs in to the registry.
      basicAuthorization(world.sandbox.login),
      ...Object.values(JSON.parse(config) as Record<string, Record<string, string>>).flatMap((each) =>
        Object.values(each),
      ),
    ];
  });
  after(() => world.stop());

  async function services(): Promise<Record<string, ServiceOutputs>> {
    return ((await world.stack.outputs()) as { services: Record<string, ServiceOutputs> }).services;
  }

  function manifest(reference: string): {
    mediaType: string;
    manifests: { platform: Record<string, string> }[];
  } {
    return JSON.parse(world.skopeo("inspect", "--raw", "--tls-verify=false", `docker://${reference}`));
  }

  it("is held to the policy pack, and breaks none of its rules", () => {
    assert.match(printed, /✅ ghcr-platform@v\S+ \(local: policy\/ghcr-policy\)/);
    assert.doesNotMatch(printed, /\[mandatory\]|\[advisory\]/);
  });

  it("leaves an index of both platforms behind every output, by digest and by each tag", async () => {
    for (const [name, { image }] of Object.entries(await services())) {
      assert.ok(image, name);
      const name_ = image.reference.split("@")[0];
      assert.equal(name_, `${world.sandbox.registry}/albeorla/${name}`);
      const index = manifest(image.reference);
      assert.equal(index.mediaType, "application/vnd.oci.image.index.v1+json");
      assert.deepEqual(
        index.manifests.map(({ platform }) => `${platform["os"]}/${platform["architecture"]}`).sort(),
        ["linux/amd64", "linux/arm64"],
      );
      assert.deepEqual(Object.keys(image.platforms), ["linux/amd64", "linux/arm64"]);
      const revision = world.git("log", "-1", "--format=%H", "--", `services/${name}`).trim();
      assert.deepEqual(image.tags, ["latest", `sha-${revision.slice(0, 7)}`]);
      for (const tag of image.tags) assert.deepEqual(manifest(`${name_}:${tag}`), index, tag);
    }
  });

  it("lets a plain client pull every platform of every image, by tag and by digest", async () => {
    for (const { image } of Object.values(await services())) {
      assert.ok(image);
      const target = join(world.sandbox.dir, "pulled");
      for (const reference of [image.reference, `${image.reference.split("@")[0]}:latest`]) {
        const source = ["--src-tls-verify=false", `docker://${reference}`];
        world.skopeo("copy", "--quiet", "--all", ...source, `oci:${target}:x`);
      }
      const blobs = readdirSync(join(target, "blobs", "sha256"));
      for (const digest of [image.digest, ...Object.values(image.platforms)]) {
        assert.ok(blobs.includes(digest.replace("sha256:", "")), digest);
      }
    }
  });

  it("labels every platform's image with its source, commit and service", async () => {
    for (const [name, { image }] of Object.entries(await services())) {
      assert.ok(image);
      for (const [platform, digest] of Object.entries(image.platforms)) {
        const reference = `docker://${image.reference.split("@")[0]}@${digest}`;
        const config = JSON.parse(world.skopeo("inspect", "--config", "--tls-verify=false", reference)) as {
          architecture: string;
          config: { Labels: Record<string, string>; User: string };
        };
        assert.equal(`linux/${config.architecture}`, platform);
        assert.match(config.config.User, /^[1-9]\d*/);
        assert.equal(config.config.Labels["org.opencontainers.image.title"], name);
        assert.match(
          config.config.Labels["org.opencontainers.image.source"] ?? "",
          /albeorla\/ghcr-platform$/,
        );
        assert.match(config.config.Labels["org.opencontainers.image.revision"] ?? "", /^[0-9a-f]{40}$/);
      }
    }
  });

  it("leaves on GitHub what is declared", async () => {
    const home = "repos/albeorla/ghcr-platform";
    const json = async <T>(path: string): Promise<T> =>
      (await world.github("GET", path)).json() as Promise<T>;
    const rulesets = await json<{ name: string; enforcement: string }[]>(`${home}/rulesets`);
    assert.deepEqual(rulesets.map(({ name }) => name).sort(), ["default branch", "release tags"]);
    const { environments } = await json<{ environments: { name: string }[] }>(`${home}/environments`);
    assert.deepEqual(environments.map(({ name }) => name).sort(), ["todost-production", "todost-staging"]);
    const { secrets } = await json<{ secrets: { name: string }[] }>(`${home}/actions/secrets`);
    assert.deepEqual(
      secrets.map(({ name }) => name),
      ["GREETING_KEY"],
    );
    const { variables } = await json<{ variables: { name: string; value: string }[] }>(
      `${home}/actions/variables`,
    );
    assert.deepEqual(
      variables.map(({ name, value }) => [name, value]),
      [["GREETING", "Hello"]],
    );
    const files = await json<{ name: string }[]>(`${home}/contents/.github/workflows`);
    assert.deepEqual(files.map(({ name }) => name).sort(), [
      "container-publish.yml",
      "container-retention.yml",
      "promote.yml",
      "pulumi-preview.yml",
      "rescan.yml",
    ]);
    const commits = await json<{ commit: { message: string } }[]>(`${home}/commits?path=.github/workflows`);
    assert.deepEqual(
      commits.map(({ commit }) => commit.message.split("\n")[0]),
      ["Render the workflows"],
    );
    const permissions = await json<{ sha_pinning_required: boolean }>(`${home}/actions/permissions`);
    assert.equal(permissions.sha_pinning_required, true);
  });

  it("requires the very checks that the rendered workflows report", async () => {
    const home = "repos/albeorla/ghcr-platform";
    const [{ id } = { id: 0 }] = (
      (await (await world.github("GET", `${home}/rulesets`)).json()) as { id: number; name: string }[]
    ).filter(({ name }) => name === "default branch");
    const { rules } = (await (await world.github("GET", `${home}/rulesets/${id}`)).json()) as {
      rules: {
        type: string;
        parameters?: { required_status_checks?: { context: string; integration_id: number }[] };
      }[];
    };
    const required = rules.flatMap(({ parameters }) => parameters?.required_status_checks ?? []);
    const rendered = await Promise.all(
      ["container-publish.yml", "promote.yml", "pulumi-preview.yml"].map(async (file) => {
        const { content } = (await (
          await world.github("GET", `${home}/contents/.github/workflows/${file}`)
        ).json()) as { content: string };
        return Buffer.from(content, "base64").toString();
      }),
    );
    assert.equal(required.length, 2);
    for (const { context, integration_id: app } of required) {
      assert.equal(app, 15368);
      assert.ok(
        rendered.some((text) => text.includes(`name: ${context}`)),
        context,
      );
    }
  });

  it("shows no secret in the state, in a log, in the generated configuration or in an argument", () => {
    assert.ok(secretValues.length >= 3 && secretValues.every((value) => value.length >= 16));
    assert.ok(argumentLists.length > 3);
    const texts = new Map(argumentLists.map((text, index) => [`ps ${index}`, text]));
    for (const file of filesBelow(world.sandbox.dir)) {
      // The one folder that is there to hold them, readable by its owner alone, and the stand-in's seed.
      if (file.includes("/secrets/") || file.endsWith("/seed.json") || statSync(file).size > 50_000_000)
        continue;
      texts.set(file, readFileSync(file, "latin1"));
    }
    assert.ok([...texts.keys()].some((file) => file.includes("/.pulumi/stacks/")));
    assert.ok([...texts.keys()].some((file) => file.endsWith(".log")));
    for (const [where, text] of texts) {
      for (const value of secretValues) {
        assert.ok(!text.includes(value), `a secret's value lies in ${where}`);
      }
    }
  });

  it("makes every manifest that it pushed a version of a package, linked to its repository", async () => {
    for (const [name, { image }] of Object.entries(await services())) {
      assert.ok(image);
      const at = `orgs/albeorla/packages/container/${name}`;
      const found = (await (await world.github("GET", at)).json()) as {
        visibility: string;
        version_count: number;
        repository: { name: string };
      };
      assert.equal(found.visibility, "private");
      assert.equal(found.repository.name, "ghcr-platform");
      const versions = (await (await world.github("GET", `${at}/versions?per_page=100`)).json()) as {
        name: string;
        metadata: { container: { tags: string[] } };
      }[];
      const tagsOf = versions.map(
        ({ name: digest, metadata }) => [digest, metadata.container.tags.sort()] as const,
      );
      const ofImage = new Map([
        [image.digest, [...image.tags]],
        ...Object.values(image.platforms).map((digest) => [digest, [] as string[]] as const),
      ]);
      assert.deepEqual(new Map(tagsOf.filter(([digest]) => ofImage.has(digest))), ofImage);
      // The gate's result, provenance, and an SBOM of each platform; and the fallback indexes that list them, each
      // written once.
      const lists = [image.digest, ...Object.values(image.platforms)].map((digest) =>
        digest.replace(":", "-"),
      );
      assert.deepEqual(
        tagsOf
          .filter(([digest]) => !ofImage.has(digest))
          .map(([, tags]) => tags.join())
          .sort(),
        [...Array<string>(4).fill(""), ...lists.sort()],
      );
      assert.equal(found.version_count, versions.length);
    }
    const all = (await (
      await world.github("GET", "orgs/albeorla/packages?package_type=container")
    ).json()) as { name: string }[];
    assert.deepEqual(all.map(({ name }) => name).sort(), ["hello-python", "todost"]);
  });

  it("lets nobody pull a private package without a sign-in", async () => {
    const reference = (await services())["todost"]?.image?.reference ?? "";
    const inspect = ["inspect", "--raw", "--no-creds", "--tls-verify=false", `docker://${reference}`];
    assert.throws(() => world.skopeo(...inspect), /unauthorized|denied/);
  });

  it("changes nothing the second time, and asks GitHub one question", async () => {
    await world.github("DELETE", "_sandbox/journal");
    const { code, output } = await world.stack.run("up", ["--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.deepEqual(Object.keys(await world.stack.lastChanges()), ["same"]);
    const asked = (await (await world.github("GET", "_sandbox/journal")).json()) as JournalEntry[];
    assert.deepEqual(
      asked.map(({ method, path, status }) => `${method} ${path} ${status}`),
      // The registry is asked whether it is there, and no manifest: that would count as a download.
      ["GET /v2/ 401", "GET /orgs/albeorla 200"],
    );
  });

  it("takes away the lock of an engine that was killed, and of no other", async () => {
    const folder = join(world.sandbox.dir, "state/.pulumi/locks/organization/ghcr-platform/sandbox");
    const lock = (name: string, pid: number): string => {
      const file = join(folder, `${name}.json`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        file,
        JSON.stringify({ pid, username: "root", hostname: hostname(), timestamp: new Date() }),
      );
      return file;
    };
    const dead = spawnSync("true").pid;
    const files = [lock("dead", dead), lock("alive", process.pid)];
    await world.stack.prepare();
    assert.deepEqual(
      files.map((file) => existsSync(file)),
      [false, true],
    );
    const locked = await world.stack.run("up", ["--yes", "--skip-preview"]);
    assert.match(locked.output, /locked by 1 lock/);
    rmSync(files[1] ?? "");
  });

  it("previews a changed service and names no other", async () => {
    const file = "services/hello-python/src/hello_python/__init__.py";
    const old = readFileSync(join(world.program, file), "utf8");
    world.write(file, `${old}\n# changed\n`, { commit: true });
    const { code, stdout, output } = await world.stack.run("preview", ["--json"]);
    assert.equal(code, 0, output);
    const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
    const changed = steps.filter(({ op }) => op !== "same" && op !== "read").map(({ urn }) => urn);
    assert.ok(changed.length > 0, output);
    assert.deepEqual(
      changed.filter((urn) => !urn.split("::").at(-1)?.startsWith("hello-python")),
      [],
    );
    world.git("reset", "--quiet", "--hard", "HEAD~1");
  });

  it("shows as drift what was changed behind its back, and mends it", async () => {
    const variable = "repos/albeorla/ghcr-platform/actions/variables/GREETING";
    await world.github("PATCH", variable, { name: "GREETING", value: "Moin" });
    const preview = await world.stack.run("preview", ["--refresh", "--diff"]);
    assert.match(preview.output, /GREETING/);
    assert.match(preview.output, /Moin/);
    const { code, output } = await world.stack.run("up", ["--yes", "--skip-preview", "--refresh"]);
    assert.equal(code, 0, output);
    const { value } = (await (await world.github("GET", variable)).json()) as { value: string };
    assert.equal(value, "Hello");
  });

  it("leaves repository and images when everything is destroyed", async () => {
    const before = await services();
    const { code, output } = await world.stack.run("destroy", ["--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.equal((await world.github("GET", "repos/albeorla/ghcr-platform")).status, 200);
    assert.equal(
      (await world.github("GET", "repos/albeorla/ghcr-platform/actions/secrets/GREETING_KEY")).status,
      404,
    );
    for (const { image } of Object.values(before)) {
      assert.ok(image);
      for (const tag of image.tags) manifest(`${image.reference.split("@")[0]}:${tag}`);
      manifest(image.reference);
    }
  });
});

function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return Buffer.from(`${username}:${password}`).toString("base64");
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
