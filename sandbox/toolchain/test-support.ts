/** What the tests of this folder share: a folder that goes again, a shell program, a workshop that does nothing. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { silentProgress } from "../progress";
import type { ToolSpec } from "./catalogue";
import type { ReleaseLock } from "./release-lock";
import type { Workshop } from "./resolve";

/** A fresh folder for each test of the `describe` it is called in. */
export function freshFolder(): () => string {
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "toolchain-test-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}

/** A server on loopback for each test of the `describe` it is called in; `listener` may be set in the test. */
export function freshServer(): { listener: RequestListener; url(): string } {
  let server: Server;
  const nothing: RequestListener = (_request, response) => response.writeHead(404).end();
  const handle: { listener: RequestListener; url(): string } = {
    listener: nothing,
    url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  beforeEach((done) => {
    handle.listener = nothing;
    server = createServer((request, response) => handle.listener(request, response)).listen(
      0,
      "127.0.0.1",
      done,
    );
  });
  afterEach((done) => {
    server.closeAllConnections();
    server.close(() => done());
  });
  return handle;
}

/** Writes a shell program. */
export function program(path: string, script: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A release as publishers make them, a gzipped tar archive of programs, and its SHA-256. */
export function releaseArchive(folder: string, programs: Readonly<Record<string, string>>) {
  const source = join(folder, "release-source");
  for (const [name, script] of Object.entries(programs)) program(join(source, name), script);
  const file = join(folder, "release-source.tar.gz");
  execFileSync("tar", ["-czf", file, "-C", source, "."]);
  const bytes = readFileSync(file);
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** A tool that is published and can be built. */
export const exampleTool: ToolSpec = {
  name: "registry",
  version: "1.2.3",
  executables: ["registry"],
  ask: { args: ["--version"], answer: /^registry 1\.2\.3$/m },
  go: { folder: "registry", packages: { registry: "." }, variables: {}, typical: "1 s" },
};

/** A lock file with `exampleTool` in it, for the platform of `exampleWorkshop`. */
export function exampleReleases(url: string, sha256: string | null): ReleaseLock {
  return { registry: { version: "1.2.3", url, folder: "bin", platforms: { "linux-amd64": { sha256 } } } };
}

/** A workshop where nothing is installed, published or built, until a test says otherwise. */
export function exampleWorkshop(cache: string, changes: Partial<Workshop> = {}): Workshop {
  const unwanted = (what: string) => async (): Promise<never> => {
    throw new Error(`${what} was not to be called`);
  };
  return {
    cache,
    platform: { os: "linux", arch: "amd64" },
    releases: {},
    progress: silentProgress,
    goVersion: "1.26.8",
    findInstalled: async () => "no",
    unpack: unwanted("unpack"),
    buildFault: () => undefined,
    build: unwanted("build"),
    standIn: () => undefined,
    ...changes,
  };
}
