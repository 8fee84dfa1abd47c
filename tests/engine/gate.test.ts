import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readAttachedResults } from "../../clients/gate-results";
import { openRegistry } from "../../clients/registry";
import { unlessNotFound } from "../../clients/registry-error";
import type { ServiceOutputs } from "../../components/container-service";
import type { Digest } from "../../core/names";
import { freePort } from "../../sandbox/ports";
import type { SandboxStack } from "../../sandbox/stack";
import { startWorld, type World } from "./world";

const dockerfile = "services/hello-python/Dockerfile";
const declaration = "services/hello-python/service.ts";
const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

/** The base image's record of expat, as bookworm's main archive has it: two vulnerabilities behind the security archive. */
const record = `Package: libexpat1
Status: install ok installed
Source: expat
Version: 2.5.0-1+deb12u2
Architecture: all
`;

describe("the vulnerability gate in pulumi up", () => {
  let world: World;
  let good: Record<string, string>;
  before(async () => {
    world = await startWorld();
    good = Object.fromEntries(
      [dockerfile, declaration].map((path) => [path, readFileSync(join(world.program, path), "utf8")]),
    );
    world.write("services/hello-python/src/expat", record);
    world.write(dockerfile, `${good[dockerfile]}\nCOPY src/expat /var/lib/dpkg/status.d/libexpat1\n`, {
      commit: true,
    });
  });
  after(() => world.stop());

  const up = (stack: SandboxStack = world.stack) => stack.run("up", ["--yes", "--skip-preview"]);
  const registry = () => openRegistry(world.sandbox.registry, { credentials: () => world.sandbox.login });
  const tags = async (service: string): Promise<readonly string[]> =>
    (await unlessNotFound(registry().tags(`albeorla/${service}`))) ?? [];
  const image = async (): Promise<ServiceOutputs["image"]> =>
    ((await world.stack.outputs()) as { services: Record<string, ServiceOutputs> }).services["hello-python"]
      ?.image;

  function declareExceptions(until: string): void {
    const exceptions = ["CVE-2024-28757", "CVE-2025-59375"].map((id) => ({
      ...{ id, scope: "pkg:deb/debian/libexpat1", owner: "@albeorla/web" },
      ...{ reason: "no document comes from outside", until },
    }));
    const text = good[declaration]?.replace("});", `  exceptions: ${JSON.stringify(exceptions)},\n});`);
    world.write(declaration, text ?? assert.fail(), { commit: true });
  }

  it("blocks a vulnerable image and leaves it without a tag", async () => {
    const { code, output } = await up();
    assert.notEqual(code, 0, output);
    assert.match(
      output,
      /blocked: 2 critical or high vulnerabilities with a fix: CVE-2024-28757 \(high\) in libexpat1/,
    );
    assert.deepEqual(await tags("hello-python"), []);
  });

  it("blocks, with a clear error, where the database can't be reached", async () => {
    const dead = `127.0.0.1:${await freePort()}/fixtures/trivy-db:2`;
    const stack = world.stackWith({ config: { vulnerabilityDatabase: dead } });
    await stack.prepare();
    const { code, output } = await up(stack);
    assert.notEqual(code, 0, output);
    assert.ok(output.includes(`without the vulnerability database ${dead}`), output);
    assert.deepEqual(await tags("hello-python"), []);
    await world.stack.prepare();
  });

  it("lets it pass under exceptions that hold, and shows them in the outputs", async () => {
    declareExceptions(dayFromNow(30));
    const { code, output } = await up();
    assert.equal(code, 0, output);
    const scan = (await image())?.scan;
    assert.deepEqual(
      [scan?.verdict, scan?.exceptions.map(({ id }) => id), scan?.platforms.map(({ excepted }) => excepted)],
      ["passed", ["CVE-2024-28757", "CVE-2025-59375"], [2, 2]],
    );
    assert.ok((await tags("hello-python")).includes("latest"));
    assert.equal((await up()).code, 0);
    assert.deepEqual(Object.keys(await world.stack.lastChanges()), ["same"]);
  });

  it("blocks it again once they are over, and its mended twin passes", async () => {
    const before = (await image())?.digest;
    declareExceptions(dayFromNow(-1));
    const { code, output } = await up();
    assert.notEqual(code, 0, output);
    assert.match(output, /its exception of @albeorla\/web ended after/);

    world.write(dockerfile, good[dockerfile] ?? "");
    world.write(declaration, good[declaration] ?? "", { commit: true });
    const mended = await up();
    assert.equal(mended.code, 0, mended.output);
    const { digest, scan, reference, tags: declared } = (await image()) ?? assert.fail();
    assert.notEqual(digest, before);
    assert.deepEqual([scan.verdict, scan.exceptions], ["passed", []]);
    const { result: evidence } =
      (await readAttachedResults(registry(), "albeorla/hello-python", digest as Digest))[0] ?? assert.fail();
    assert.deepEqual(evidence, scan);
    for (const tag of declared) {
      assert.equal(
        (await registry().resolve("albeorla/hello-python", tag))?.digest,
        reference.split("@")[1],
        tag,
      );
    }
  });
});
