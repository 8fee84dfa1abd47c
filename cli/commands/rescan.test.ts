import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { FakeRegistry } from "../../clients/testing/fake-registry";
import { testImage, type TestImage } from "../../clients/testing/images";
import { Trial, tokens } from "../../sandbox/github-api/trial";
import { run } from "../program";
import { Scanner } from "../testing/scanner";

describe("ghcr rescan, against a registry, a GitHub and a scanner's stand-in", function () {
  this.timeout(60_000);
  const trial = new Trial();
  let fake: FakeRegistry;
  let scanner: Scanner;

  before(() => trial.start());
  after(() => trial.end());
  beforeEach(async () => {
    fake = await new FakeRegistry().start();
    scanner = new Scanner();
  });
  afterEach(async () => {
    scanner.end();
    await fake.stop();
  });

  /** An image under a tag; the scanner knows nothing of it yet. */
  function publish(service: string, tag: string, salt: string): TestImage {
    const image = testImage({ salt });
    const repository = `acme/${service}`;
    for (const blob of image.blobs) fake.putBlob(repository, blob.toString("utf8"));
    for (const { digest, mediaType, bytes } of image.manifests) {
      fake.put(repository, digest, mediaType, bytes.toString("utf8"));
    }
    fake.put(repository, tag, image.index.mediaType, image.index.bytes.toString("utf8"));
    return image;
  }

  async function ghcr(args: readonly string[], input = "", environment: Record<string, string> = {}) {
    const [out, err]: [string[], string[]] = [[], []];
    const code = await run(["rescan", ...args], {
      readInput: async () => input,
      print: (line) => out.push(line),
      complain: (line) => err.push(line),
      environment: {
        ...{
          PATH: process.env["PATH"],
          HOME: scanner.folder,
          DOCKER_CONFIG: "/nowhere",
          GITHUB_TOKEN: tokens.alice,
        },
        ...environment,
      },
    });
    const plain = (lines: string[]) => stripVTControlCharacters(lines.join("\n"));
    return { code, out: plain(out), err: plain(err) };
  }

  const at = (name: string) => [
    ...["--repository", `acme/${name}`, "--github-url", `${trial.github.url}/api/v3`, "--author", "alice"],
  ];
  const flags = (services: string, environments = "production") => [
    ...["--owner", "acme", "--registry", fake.host, "--services", services],
    ...(environments === "" ? [] : ["--environments", environments]),
  ];
  const issues = async (repo: string) =>
    (await trial.alice.issues.listForRepo({ owner: "acme", repo, state: "all" })).data;

  it("opens one issue, leaves it alone, changes it in place, and closes it when all that runs passes", async () => {
    await trial.repository("running");
    const image = publish("todost", "production", "one");
    const again = (...more: readonly string[]) => ghcr([...flags("todost"), ...at("running"), ...more]);
    scanner.finds(image);
    const clean = await again("--detailed-exitcode");
    assert.deepEqual([clean.code, /todost +production +sha256:\w{12} +passes/.test(clean.out)], [0, true]);
    assert.match(clean.err, /there is no issue/);

    scanner.finds(image, "CVE-2026-1");
    const found = await again();
    assert.equal(found.code, 0, found.err);
    assert.match(found.err, /created the issue http/);
    assert.match(found.out, /todost +production +sha256:\w{12} +1 found: CVE-2026-1/);
    const same = await again("--detailed-exitcode");
    assert.equal(same.code, 2);
    assert.match(same.err, /the issue says so already/);

    scanner.finds(image, "CVE-2026-1", "CVE-2026-2");
    assert.match((await again()).err, /updated the issue/);
    const [issue, ...others] = await issues("running");
    assert.deepEqual(others, []);
    assert.match(issue?.body ?? "", /- high `CVE-2026-2` in `libexpat1` `2\.5\.0`, fixed in `2\.5\.1`/);

    scanner.finds(image);
    assert.match((await again()).err, /closed the issue/);
    assert.deepEqual(
      (await issues("running")).map(({ state }) => state),
      ["closed"],
    );
  });

  it("never takes what could not be scanned or read for clean: the issue stays, and says so", async () => {
    await trial.repository("unscanned");
    const image = publish("todost", "production", "two");
    const again = (services = "todost") => ghcr([...flags(services), ...at("unscanned")]);
    // The scanner has no answer.
    const failing = await again();
    assert.equal(failing.code, 0, failing.err);
    assert.match(failing.out, /not scanned: linux\/amd64: the scanner failed/);
    assert.match((await issues("unscanned"))[0]?.title ?? "", /was not scanned/);
    // It prints another text each time.
    assert.match((await again()).err, /the issue says so already/);

    scanner.finds(image);
    fake.faults.push({ on: /HEAD .*\/todost\/manifests\/production/, times: 20, status: 403 });
    const refused = await again();
    assert.match(refused.err, /updated the issue/);
    assert.match(refused.out, /todost +production +not scanned: /);
    fake.faults.length = 0;
    assert.match((await again()).err, /closed the issue/);
  });

  it("says in time that an exception ends, though all that runs passes", async () => {
    await trial.repository("ending");
    scanner.finds(publish("todost", "production", "six"));
    const again = (days: number) => {
      const until = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
      const exceptions = [{ id: "CVE-2026-1", scope: "all", owner: "@acme/web", reason: "r", until }];
      const services = [{ name: "todost", environments: ["production"], exceptions }];
      return ghcr(
        ["--input", "-", ...at("ending")],
        JSON.stringify({ owner: "acme", registry: fake.host, services }),
      );
    };
    assert.match((await again(15)).err, /there is no issue/);
    assert.match((await again(14)).err, /created the issue/);
    assert.match((await issues("ending"))[0]?.body ?? "", /`CVE-2026-1` \| `all` \| `\d{4}-\d\d-\d\d` \|/);
    assert.match((await again(60)).err, /closed the issue/);
  });

  it("changes no issue where there is no scanner at all", async () => {
    await trial.repository("bare");
    publish("todost", "production", "three");
    rmSync(join(scanner.folder, "trivy"));
    process.env["PATH"] = scanner.folder;
    const { code, err } = await ghcr([...flags("todost"), ...at("bare")]);
    assert.deepEqual([code, /there is no trivy/.test(err)], [1, true], err);
    assert.deepEqual(await issues("bare"), []);
  });

  it("scans what several environments run once, each service by its own exceptions, latest where there are none", async () => {
    await trial.repository("several");
    const image = publish("todost", "production", "four");
    fake.put("acme/todost", "staging", image.index.mediaType, image.index.bytes.toString("utf8"));
    scanner.finds(image, "CVE-2026-1");
    scanner.finds(publish("worker", "latest", "five"));
    const request = {
      ...{ owner: "acme", registry: fake.host },
      services: [
        { name: "todost", environments: ["development", "staging", "production"] },
        { name: "worker", environments: [], staticImage: "one static binary" },
      ],
    };
    const dry = await ghcr(
      ["--input", "-", "--json", "--dry-run", ...at("several")],
      JSON.stringify(request),
    );
    assert.equal(dry.code, 0, dry.err);
    const { ok, issue, images } = JSON.parse(dry.out) as {
      ok: boolean;
      issue: unknown;
      images: {
        service: string;
        tags: string[];
        runs: boolean;
        findings: { id: string }[];
        result?: object;
      }[];
    };
    assert.deepEqual([ok, issue], [false, null]);
    assert.deepEqual(
      images.map(({ service, tags, runs, findings }) => [service, tags, runs, findings.map(({ id }) => id)]),
      [
        ["todost", ["development"], false, []],
        ["todost", ["staging", "production"], true, ["CVE-2026-1"]],
        ["worker", ["latest"], true, []],
      ],
    );
    assert.equal(dry.err.match(/: scanning /g)?.length, 2);
    assert.match(JSON.stringify(images[2]?.result), /"staticImage":"one static binary"/);
    assert.deepEqual(await issues("several"), []);
  });

  it("prints the issue in a dry run, without a token, and writes none", async () => {
    await trial.repository("dry");
    scanner.finds(publish("todost", "production", "six"), "CVE-2026-1");
    const { code, out } = await ghcr([...flags("todost"), ...at("dry"), "--dry-run"], "", {
      GITHUB_TOKEN: "",
    });
    assert.equal(code, 0);
    assert.match(
      out,
      /\nRescan: what runs has vulnerabilities that have a fix\n\n<!-- ghcr-platform: rescan -->\n/,
    );
    assert.deepEqual(await issues("dry"), []);
  });

  it("is wrong usage without services, an owner or a token, and with what is no environment or exception", async () => {
    const wrong: readonly (readonly [readonly string[], string, RegExp])[] = [
      [["--owner", "acme"], "", /--services is missing|--services/],
      [["--services", "todost"], "", /--owner/],
      [flags("todost", "latest"), "", /also a tag of class latest/],
      [flags("To Dost"), "", /got "To Dost"/],
      [
        ["--input", "-"],
        '{"owner":"acme","services":[{"name":"a","exceptions":[{"id":"x","scope":"all","owner":"o","reason":"r","until":"soon"}]}]}',
        /a: exceptions\[0\]\.until/,
      ],
    ];
    for (const [args, input, message] of wrong) {
      const { code, err } = await ghcr([...args, ...at("x")], input);
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
    const { code, err } = await ghcr([...flags("todost"), ...at("x")], "", { GITHUB_TOKEN: "" });
    assert.deepEqual([code, /GITHUB_TOKEN/.test(err)], [2, true], err);
    assert.deepEqual(fake.journal, []);
  });
});
