import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PlatformError } from "../../core/errors";
import { run } from "../run";
import { Downloader, Unreachable } from "./download";
import { resolveTool } from "./resolve";
import {
  exampleReleases,
  exampleTool,
  exampleWorkshop,
  freshFolder,
  freshServer,
  program,
  releaseArchive,
} from "./test-support";

const QUICK = { connect: 300, idle: 300, retries: 0 };

describe("an official release", () => {
  const folder = freshFolder();
  const server = freshServer();
  const cache = (): string => join(folder(), "cache");

  /** Publishes a release; resolves `exampleTool` by it, a build being possible too. */
  function resolve(sha256: string, downloader = new Downloader(QUICK)) {
    const built: string[] = [];
    const shop = exampleWorkshop(cache(), {
      releases: exampleReleases(`${server.url()}/{version}/registry_{os}_{arch}.tar.gz`, sha256),
      unpack: (release, into, say) => downloader.unpack(release, into, say),
      build: async (_build, into) => void built.push(program(join(into, "registry"), "echo built")),
    });
    return { built, resolution: resolveTool(exampleTool, shop) };
  }

  it("is downloaded, compared with its pinned checksum and unpacked", async () => {
    const archive = releaseArchive(folder(), { "bin/registry": "echo registry 1.2.3" });
    const asked: (string | undefined)[] = [];
    server.listener = (request, response) => {
      asked.push(request.url);
      response.end(archive.bytes);
    };
    const { from, paths, verified } = await resolve(archive.sha256).resolution;
    assert.equal(from, "release");
    assert.equal(await run(paths.get("registry") as string, []), "registry 1.2.3\n");
    assert.equal(verified, `sha256 ${archive.sha256.slice(0, 12)}… of releases.json`);
    await resolve(archive.sha256).resolution;
    assert.deepEqual(
      asked,
      ["/1.2.3/registry_linux_amd64.tar.gz"],
      "the second time it comes from the cache",
    );
    assert.deepEqual(readdirSync(cache()).length, 1);
  });

  it("may be the executable itself", async () => {
    const bytes = Buffer.from("#!/bin/sh\necho registry 1.2.3\n");
    server.listener = (_request, response) => response.end(bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const url = `${server.url()}/registry-linux-amd64`;
    await new Downloader(QUICK).unpack(
      { url, sha256, folder: ".", executable: "registry" },
      folder(),
      () => {},
    );
    assert.equal(await run(join(folder(), "registry"), []), "registry 1.2.3\n");
  });

  it("stops everything if it is another file than the pinned one, and leaves nothing behind", async () => {
    const archive = releaseArchive(folder(), { "bin/registry": "echo evil" });
    server.listener = (_request, response) => response.end(archive.bytes);
    const pinned = "0".repeat(64);
    const { built, resolution } = resolve(pinned);
    await assert.rejects(resolution, (error) => {
      assert.ok(error instanceof PlatformError);
      assert.equal(error.code, "wrong-checksum");
      assert.equal(error.faults[0]?.got, archive.sha256);
      assert.match(error.message, new RegExp(pinned));
      return true;
    });
    assert.deepEqual(readdirSync(cache()), []);
    assert.deepEqual(built, []);
  });

  it("is given up where the download breaks off, for the next way, and leaves nothing half", async () => {
    const archive = releaseArchive(folder(), { "bin/registry": "echo registry 1.2.3" });
    server.listener = (_request, response) => {
      response.writeHead(200, { "content-length": archive.bytes.length });
      response.write(archive.bytes.subarray(0, 100), () => response.destroy());
    };
    const { from, passed } = await resolve(archive.sha256).resolution;
    assert.equal(from, "go");
    assert.match(
      passed.join("\n"),
      /^release: http:\/\/127\.0\.0\.1:\d+\/1\.2\.3\/registry_linux_amd64\.tar\.gz: /m,
    );
    assert.deepEqual(readdirSync(cache()).length, 1);
  });

  it("is asked for again when the download breaks off once", async () => {
    const archive = releaseArchive(folder(), { "bin/registry": "echo registry 1.2.3" });
    let asked = 0;
    server.listener = (_request, response) => {
      if (asked++ === 0) response.destroy();
      else response.end(archive.bytes);
    };
    const { from } = await resolve(archive.sha256, new Downloader({ ...QUICK, retries: 1 })).resolution;
    assert.deepEqual([from, asked], ["release", 2]);
  });

  it("is given up when nothing comes any more", async () => {
    server.listener = (_request, response) => void response.writeHead(200).write("a");
    assert.match((await resolve("0".repeat(64)).resolution).passed[1] ?? "", /nothing came for 0\.3 s$/);
  });

  it("is given up where it doesn't exist", async () => {
    assert.match((await resolve("0".repeat(64)).resolution).passed[1] ?? "", /HTTP 404$/);
  });

  it("is given up at once where its host can't be reached, which is remembered", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const downloader = new Downloader(QUICK);
    const url = `http://127.0.0.1:${port}/a`;
    const attempt = (): Promise<string> => downloader.fetch(url, join(folder(), "a"), undefined);
    await assert.rejects(attempt(), (error) => {
      assert.ok(error instanceof Unreachable);
      assert.equal(error.message, `127.0.0.1:${port} can't be reached (ECONNREFUSED)`);
      return true;
    });
    const later = createServer((socket) => socket.end()).listen(port, "127.0.0.1");
    await new Promise((resolve) => later.once("listening", resolve));
    await assert.rejects(attempt(), /ECONNREFUSED/);
    await new Promise((resolve) => later.close(resolve));
  });

  it("can be downloaded without a checksum, to learn it", async () => {
    const { bytes, sha256 } = releaseArchive(folder(), { tool: "true" });
    server.listener = (_request, response) => response.end(bytes);
    mkdirSync(cache());
    const file = join(cache(), "a");
    assert.equal(await new Downloader(QUICK).fetch(server.url(), file, undefined), sha256);
    assert.deepEqual(readFileSync(file), bytes);
  });
});
