import assert from "node:assert/strict";
import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Container, containerFolder, emulatorFor } from "../../clients/container";
import { registryParts, unpackImage } from "../../clients/image-root";
import { openRegistry } from "../../clients/registry";
import { resolveFleet } from "../../core/fleet";
import { containerPlan, type ContainerPlan, type ImageConfig } from "../../core/images";
import type { PinnedReference } from "../../core/names";
import { silentProgress, terminalProgress } from "../../sandbox/progress";
import { push } from "../../sandbox/push";
import { ensureDebianPackages } from "../../sandbox/toolchain";
import { loadFleet } from "../../services";
import { startWorld, type World } from "../engine/world";

/** Both services as `make ghcr-development-push` publishes them, each platform started from the registry. */
describe("a published service", () => {
  let world: World;
  before(async () => {
    await ensureDebianPackages(["qemu-user-static"], terminalProgress());
    world = await startWorld();
  });
  after(() => world.stop());

  const services = {
    "hello-python": async (container: Container) => {
      assert.deepEqual(await json(container, "/greet/Ada"), { message: "Hello, Ada!" });
      assert.equal((await container.ask("/nowhere"))?.status, 404);
    },
    todost: async (container: Container) => {
      assert.deepEqual(await json(container, "/todos"), { todos: [], next: null });
      const created = await container.ask("/todos", todo("water the plants"));
      assert.equal(created?.status, 201, created?.body);
      assert.equal((await container.ask("/todos", todo("")))?.status, 400);
    },
  };

  for (const [service, behave] of Object.entries(services)) {
    describe(service, () => {
      let published: PinnedReference;
      before(async () => {
        const fleet = resolveFleet(loadFleet(join(world.program, "services")));
        const { program: root, sandbox } = world;
        const progress = silentProgress;
        published = (await push({ root, sandbox, fleet, service, kind: "development", progress })).image;
      });

      for (const architecture of ["amd64", "arm64"]) {
        describe(`on linux/${architecture}`, () => {
          const { folder, root, remove } = containerFolder();
          const volumes = { "/data": join(folder, "kept") };
          let config: ImageConfig;
          let plan: ContainerPlan;
          let container: Container;
          before(async () => {
            const registry = openRegistry(world.sandbox.registry, { credentials: () => world.sandbox.login });
            const platform = `linux/${architecture}`;
            config = (
              await unpackImage(
                registryParts(registry, published.repository),
                published.digest,
                platform,
                root,
              )
            ).config;
            plan = containerPlan(service, config);
            mkdirSync(volumes["/data"], { mode: 0o700 });
            chownSync(volumes["/data"], plan.user.uid, plan.user.gid);
            container = await start();
          });
          after(async () => {
            await container.stop(0);
            remove();
          });

          it("is of that architecture, and labelled as declared", () => {
            assert.equal(config.architecture, architecture);
            const { description } =
              resolveFleet(loadFleet()).services.find(({ name }) => name === service) ?? {};
            const label = (key: string) => config.config?.Labels?.[`org.opencontainers.image.${key}`];
            assert.equal(label("title"), service);
            assert.equal(label("description"), description);
            assert.equal(label("licenses"), "MIT");
            assert.equal(label("vendor"), "albeorla");
            assert.equal(label("revision"), world.git("rev-parse", "HEAD").trim());
            assert.match(label("version") ?? "", /^dev-engineer-[0-9a-f]{7}$/);
            assert.equal(label("source"), new URL("albeorla/ghcr-platform", world.sandbox.github.url).href);
          });

          it("answers that it is well, which version it is, and what it is for", async () => {
            assert.deepEqual(await json(container, "/healthz"), { status: "ok" });
            const version = (await json(container, "/version")) as Record<string, unknown>;
            const label = (key: string) => config.config?.Labels?.[`org.opencontainers.image.${key}`];
            assert.deepEqual(
              [version["service"], version["version"], version["revision"]],
              [service, label("version"), label("revision")],
            );
            await behave(container);
          });

          it("runs as a user with a number, without capabilities, on a root that can't be written to", async () => {
            assert.equal(await container.rootIsReadOnly(), true);
            assert.match(await container.status("Uid"), /^65532\s+65532\s+65532\s+65532$/);
            for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
              assert.match(await container.status(set), /^0+$/, set);
            }
            assert.equal(await container.status("NoNewPrivs"), "1");
          });

          it("stops within 5 seconds of SIGTERM, and ends well", async () => {
            const end = await container.stop(5);
            assert.deepEqual([end.killed, end.code], [false, 0], container.log);
          });

          if (service === "todost") {
            it("has kept its data when it is started again", async () => {
              container = await start();
              const { todos } = (await json(container, "/todos")) as { todos: { title: string }[] };
              assert.deepEqual(
                todos.map(({ title }) => title),
                ["water the plants"],
              );
            });
          }

          async function start(): Promise<Container> {
            const emulator = emulatorFor(architecture);
            const mounted = plan.volumes.includes("/data") ? volumes : {};
            const started = await Container.start(folder, plan, { volumes: mounted, emulator });
            while (started.running) {
              if ((await started.ask("/healthz"))?.status === 200) return started;
              await new Promise((resolve) => setTimeout(resolve, 100));
            }
            throw new Error(`it ended before it answered:\n${started.log}`);
          }
        });
      }
    });
  }
});

async function json(container: Container, path: string): Promise<unknown> {
  const answer = await container.ask(path);
  assert.equal(answer?.status, 200, container.log);
  return JSON.parse(answer.body);
}

function todo(title: string) {
  return {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title }),
  };
}
