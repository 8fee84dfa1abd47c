import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Builder, BuildRequest } from "../builder";
import { ensureBaseImages } from ".";
import { ensureContext, workFolder } from "./context";
import { recipeHash, recipes } from "./recipe";

const DIGEST = `sha256:${"ab".repeat(32)}`;
const INDEX = "application/vnd.oci.image.index.v1+json";

describe("ensureBaseImages", () => {
  let cacheDir: string;
  let registry: Server;
  let asked: string[];
  let answer: (path: string) => number;
  let built: BuildRequest[];

  beforeEach(async () => {
    cacheDir = mkdtempSync(join(tmpdir(), "base-images-"));
    asked = [];
    built = [];
    registry = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const headers = { "docker-content-digest": DIGEST, "content-type": INDEX, "content-length": 2 };
      response.writeHead(answer(request.url ?? ""), headers).end();
    }).listen(0, "127.0.0.1");
    await once(registry, "listening");
  });
  afterEach(() => {
    registry.close();
    rmSync(cacheDir, { recursive: true });
  });

  const ensure = () => {
    const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
    const builder: Builder = {
      kind: "buildkitd",
      address: "",
      buildxConfig: "",
      buildxName: "",
      platforms: [],
      build: (request) => {
        built.push(request);
        return Promise.resolve({ digest: DIGEST });
      },
    };
    const run = ensureBaseImages({ registry: host, builder, progress: noProgress, cacheDir });
    return { host, run };
  };

  it("makes nothing of what the registry holds, and refers to it by digest", async () => {
    answer = () => 200;
    const { host, run } = ensure();
    assert.deepEqual(await run, {
      python: `${host}/sandbox/python@${DIGEST}`,
      node: `${host}/sandbox/node@${DIGEST}`,
    });
    assert.deepEqual(asked, [
      `HEAD /v2/sandbox/python/manifests/recipe-${recipeHash(recipes.python)}`,
      `HEAD /v2/sandbox/node/manifests/recipe-${recipeHash(recipes.node)}`,
    ]);
    assert.deepEqual([built, readdirSync(cacheDir)], [[], []]);
  });

  it("pushes what the registry lacks from the root file systems that are kept", async () => {
    answer = (path) => (path.includes("/node/") ? 200 : 404);
    mkdirSync(join(cacheDir, recipeHash(recipes.python)));
    const { host, run } = ensure();
    assert.equal((await run).python, `${host}/sandbox/python@${DIGEST}`);
    assert.deepEqual(
      built.map(({ context, platforms, names }) => ({ context, platforms, names })),
      [
        {
          context: join(cacheDir, recipeHash(recipes.python)),
          platforms: ["linux/amd64", "linux/arm64"],
          names: [
            `${host}/sandbox/python:3.11-bookworm`,
            `${host}/sandbox/python:recipe-${recipeHash(recipes.python)}`,
          ],
        },
      ],
    );
  });

  it("doesn't take a registry that refuses for one that lacks the image", async () => {
    answer = () => 403;
    await assert.rejects(ensure().run, /sandbox\/python needs a sign-in/);
    assert.deepEqual(built, []);
  });
});

describe("ensureContext", () => {
  it("leaves nothing behind when its making fails half way", async () => {
    const cacheDir = mkdtempSync(join(tmpdir(), "base-images-"));
    try {
      const archive = (): Promise<never> => Promise.reject(new Error("the network is down"));
      const context = ensureContext(recipes.python, { cacheDir, progress: noProgress, archive });
      await assert.rejects(context, /the network is down/);
      assert.deepEqual(readdirSync(cacheDir), []);
    } finally {
      rmSync(cacheDir, { recursive: true });
    }
  });
});

describe("workFolder", () => {
  it("removes what an interrupted process left, and nothing of one that runs", () => {
    const cacheDir = mkdtempSync(join(tmpdir(), "base-images-"));
    try {
      const ended = spawnSync("true").pid;
      for (const name of [`partial-${ended}-abc`, `partial-${process.ppid}-abc`, "0123456789abcdef"]) {
        mkdirSync(join(cacheDir, name));
      }
      const mine = basename(workFolder(cacheDir));
      assert.deepEqual(
        readdirSync(cacheDir).sort(),
        ["0123456789abcdef", `partial-${process.ppid}-abc`, mine].sort(),
      );
    } finally {
      rmSync(cacheDir, { recursive: true });
    }
  });
});

const noProgress = {
  step: <T>(
    _title: string,
    _options: object,
    work: (say: (detail: string) => void) => Promise<T>,
  ): Promise<T> => work(() => undefined),
};
