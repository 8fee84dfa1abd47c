import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { FakeRegistry, type FakeRegistryOptions } from "../clients/testing/fake-registry";
import { testImage, types } from "../clients/testing/images";
import { run } from "./program";

const REPOSITORY = "albeorla/todost";
const SHA = "4fa8d21".padEnd(40, "0");
const PASSWORD = "pa55word-of-the-test";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ghcr(
  args: readonly string[],
  given: { input?: string; environment?: Record<string, string> } = {},
) {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await run(args, {
    readInput: async () => given.input ?? "",
    print: (line) => out.push(line),
    complain: (line) => err.push(line),
    environment: { DOCKER_CONFIG: "/nowhere", ...given.environment },
  });
  // Colours depend on the terminal that the tests run in.
  const plain = (lines: string[]) => stripVTControlCharacters(lines.join("\n"));
  return { code, out: plain(out), err: plain(err) } satisfies Outcome;
}

describe("the ghcr command", () => {
  it("explains itself, each subcommand with an example and its exit codes", async () => {
    for (const command of [
      [],
      ["tags"],
      ["image", "check"],
      ["image", "scan"],
      ["image", "tag"],
      ["image", "assemble"],
    ]) {
      const { code, out, err } = await ghcr([...command, "--help"]);
      assert.equal(code, 0);
      assert.equal(err, "");
      assert.match(out, new RegExp(`Examples?:\n  ghcr ${command.join(" ")}`));
      assert.match(out, /Exit codes: 0 .*; 2 wrong usage/);
    }
  });

  it("ends with 2 and a message for what it can't understand", async () => {
    const reference = `ghcr.io/${REPOSITORY}@sha256:${"0".repeat(64)}`;
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [["--frobnicate"], /unknown option '--frobnicate'/],
      [["frobnicate"], /unknown command|too many arguments/],
      [["image", "check", "--image", reference], /--platforms: is missing/],
      [["image", "check", "--image", "ghcr.io/a/b:latest", "--platforms", "linux/amd64"], /by its digest/],
      [["image", "check", "--image", reference, "--platforms", "x", "--label", "novalue"], /key=value/],
      [["image", "tag", "--image", "b", "--tags", ".a,b"], /--image: must be[^]*--tags: must be/],
      [["image", "assemble", "--image", "ghcr.io/a/b", "--digest", "sha256:1"], /--digest: must be sha256/],
      [["image", "scan"], /--image: give either an image in a registry or a layout/],
      [["image", "scan", "--image", "ghcr.io/a/b:latest"], /by its digest/],
      [["image", "scan", "--image", reference, "--break-glass"], /--break-glass: needs a reason/],
      [["image", "scan", "--image", reference, "--reason", "none"], /--break-glass: needs a reason/],
      [["image", "tag", "--input", "file.json"], /only - \(standard input\)/],
      [["image", "tag", "--input", "-", "--tags", "a"], /it replaces the flags for tags/],
      [
        [
          "tags",
          "--event",
          "push",
          "--ref",
          "r",
          "--sha",
          SHA,
          "--default-branch",
          "m",
          "--pull-request",
          "0",
        ],
        /number/,
      ],
    ];
    for (const [args, message] of wrong) {
      const { code, out, err } = await ghcr(args);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, message);
      assert.equal(out, "");
    }
  });

  it("reports every fault of a request on standard input by its field", async () => {
    const input = JSON.stringify({ image: 1, tags: [], labels: {} });
    const { code, err } = await ghcr(["image", "tag", "--input", "-"], { input });
    assert.equal(code, 2);
    assert.match(err, /--input: image: /);
    assert.match(err, /--input: tags: /);
    assert.match(err, /[Uu]nrecognized key: "labels"/);
    assert.match(
      (await ghcr(["image", "tag", "--input", "-"], { input: "{" })).err,
      /standard input is not JSON/,
    );
  });
});

describe("ghcr tags", () => {
  const context = (event: string, ref: string, ...more: string[]) =>
    ghcr(["tags", "--event", event, "--ref", ref, "--sha", SHA, "--default-branch", "main", ...more]);

  it("prints one tag a line, or the decision as JSON", async () => {
    assert.deepEqual(await context("push", "refs/heads/main"), {
      code: 0,
      out: "latest\nsha-4fa8d21",
      err: "",
    });
    const { out } = await context("push", "refs/tags/v1.2.3", "--json");
    const decision = JSON.parse(out) as { kind: string; tags: { tag: string }[] };
    assert.deepEqual(
      decision.tags.map(({ tag }) => tag),
      ["1.2.3", "1.2", "1", "sha-4fa8d21"],
    );
  });

  it("tells a pull request of the repository from a fork's", async () => {
    const pull = (...more: string[]) =>
      context(
        "pull_request",
        "refs/pull/7/merge",
        "--repository",
        "a/b",
        "--pull-request",
        "7",
        "--action",
        "opened",
        ...more,
      );
    assert.equal((await pull("--head-repository", "a/b")).out, "pr-7");
    for (const fork of [await pull("--head-repository", "c/b"), await pull()]) {
      assert.deepEqual([fork.code, fork.out], [0, ""]);
      assert.match(fork.err, /built only, nothing is pushed/);
    }
  });

  it("refuses with the reason and 1, also as JSON", async () => {
    const { code, out, err } = await context("push", "refs/heads/topic", "--json");
    assert.equal(code, 1);
    assert.equal((JSON.parse(out) as { kind: string }).kind, "refused");
    assert.match(err, /error: event push: .*refs\/heads\/topic/);
  });
});

describe("ghcr image", () => {
  let fake: FakeRegistry;

  async function start(options: FakeRegistryOptions = {}) {
    fake = await new FakeRegistry(options).start();
    const image = testImage({ labels: { title: "todost" } });
    for (const blob of image.blobs) fake.putBlob(REPOSITORY, blob.toString("utf8"));
    for (const { digest, mediaType, bytes } of [...image.manifests, image.index]) {
      fake.put(REPOSITORY, digest, mediaType, bytes.toString("utf8"));
    }
    return { ...image, reference: `${fake.host}/${REPOSITORY}@${image.index.digest}` };
  }

  afterEach(() => fake.stop());

  const check = (image: string, ...more: string[]) =>
    ghcr(["image", "check", "--image", image, "--platforms", "linux/amd64,linux/arm64", ...more]);

  it("check prints a short summary, and the same request works on standard input", async () => {
    const { reference } = await start();
    const { code, out } = await check(reference, "--label", "title=todost", "--non-root");
    assert.equal(code, 0);
    const [first, ...platforms] = out.split("\n");
    assert.equal(first, `${reference} passes: 2 platforms, 1 label, no root user`);
    assert.match(
      platforms[0] ?? "",
      /^ {2}linux\/amd64 {2}sha256:[0-9a-f]{64} {2}0\.0 MB {2}user 65532:65532$/,
    );
    const request = {
      image: reference,
      platforms: ["linux/arm64", "linux/amd64"],
      labels: { title: "todost" },
    };
    const piped = await ghcr(["image", "check", "--input", "-", "--json"], {
      input: JSON.stringify(request),
    });
    assert.equal((JSON.parse(piped.out) as { image: string }).image, reference);
  });

  it("check prints every failure, as JSON too, and ends with 1", async () => {
    const { reference } = await start();
    const { code, out, err } = await check(
      reference,
      "--label",
      "title=other",
      "--label",
      "more=x=y",
      "--json",
    );
    assert.equal(code, 1);
    const { ok, failures } = JSON.parse(out) as { ok: boolean; failures: { code: string }[] };
    assert.deepEqual([ok, failures.length], [false, 4]);
    assert.match(err, /error: linux\/amd64: the label more must be "x=y"/);
    assert.match(err, /error: linux\/arm64: the label title must be "other" \(got "todost"\)/);
  });

  it("check says which image the registry lacks, and tag which", async () => {
    await start();
    const missing = `${fake.host}/${REPOSITORY}@sha256:${"0".repeat(64)}`;
    for (const { code, err } of [
      await check(missing),
      await ghcr(["image", "tag", "--image", missing, "--tags", "latest"]),
      await ghcr([
        "image",
        "assemble",
        "--image",
        `${fake.host}/${REPOSITORY}`,
        "--digest",
        `sha256:${"0".repeat(64)}`,
      ]),
    ]) {
      assert.equal(code, 1);
      assert.match(err, /the registry has no such image/);
    }
    assert.deepEqual(
      fake.journal.filter((line) => line.startsWith("PUT")),
      [],
    );
  });

  it("tag stops at a registry that refuses the write, without a stack", async () => {
    const { reference } = await start();
    const refusal = '{"errors":[{"code":"DENIED","message":"permission_denied"}]}';
    fake.faults.push({ on: /PUT/, status: 405, body: refusal });
    const { code, err } = await ghcr(["image", "tag", "--image", reference, "--tags", "latest"]);
    assert.equal(code, 1);
    assert.match(err, /the registry refuses: PUT .*manifests\/latest: 405 DENIED: permission_denied/);
    assert.doesNotMatch(err, /\n\s+at /);
  });

  it("tag writes tags of one build before those that announce it, and reports in the order given", async () => {
    const { reference } = await start();
    const { out } = await ghcr([
      "image",
      "tag",
      "--image",
      reference,
      "--tags",
      "latest,sha-4fa8d21,latest",
      "--json",
    ]);
    const { tags } = JSON.parse(out) as { tags: { tag: string; action: string }[] };
    assert.deepEqual(
      tags.map(({ tag, action }) => `${tag} ${action}`),
      ["latest created", "sha-4fa8d21 created"],
    );
    const written = fake.journal
      .filter((line) => line.startsWith("PUT"))
      .map((line) => line.split("/").at(-1));
    assert.deepEqual(written, ["sha-4fa8d21", "latest"]);
  });

  it("assemble pushes nothing that it can't make an index of", async () => {
    const { manifests } = await start();
    const digest = manifests[0]?.digest ?? "";
    const twin = fake.put(REPOSITORY, `sha256:x`, types.manifest, {
      ...(JSON.parse(manifests[0]?.bytes.toString("utf8") ?? "{}") as object),
      annotations: { twin: "yes" },
    });
    const name = `${fake.host}/${REPOSITORY}`;
    const { code, err } = await ghcr(["image", "assemble", "--image", name, "--digest", `${digest},${twin}`]);
    assert.equal(code, 1);
    assert.match(err, /two manifests are for linux\/amd64/);
    assert.equal(
      fake.journal.some((line) => line.startsWith("PUT")),
      false,
    );
  });

  it("signs in with the environment's token and keeps it out of everything it says", async () => {
    const { reference } = await start({
      auth: "bearer",
      username: "octo",
      password: PASSWORD,
      readOnly: true,
    });
    const environment = { GHCR_USERNAME: "octo", GHCR_TOKEN: PASSWORD };
    const passed = await ghcr(
      ["image", "check", "--image", reference, "--platforms", "linux/amd64,linux/arm64"],
      {
        environment,
      },
    );
    assert.equal(passed.code, 0);
    const denied = await ghcr(["image", "tag", "--image", reference, "--tags", "latest"], { environment });
    assert.equal(denied.code, 1);
    assert.match(denied.err, /the credentials may not push to albeorla\/todost/);
    const nobody = await check(reference);
    assert.match(nobody.err, /needs a sign-in to pull/);
    assert.equal(
      [passed, denied, nobody].some(({ out, err }) => `${out}${err}`.includes(PASSWORD)),
      false,
    );
  });
});
