import assert from "node:assert/strict";
import { PACKAGE_TYPE } from "../description";
import { startProvider, token, type ProviderTrial } from "../testing/provider-trial";
import { secret, UNKNOWN, type Properties } from "../wire";
import type { FakePackagesOptions } from "../../clients/testing/fake-packages";

const inputs = { owner: "albeorla", name: "todost", visibility: "private", repository: "albeorla/tools" };
const page = "https://github.test/orgs/albeorla/packages/container/todost/settings";
const asked = { exists: true, settingsUrl: page };
const found = { ...asked, actualVisibility: "private", actualRepository: "albeorla/tools" };
const seen = { ...inputs, ...found };
const drifted = { visibility: "public", repository: "albeorla/other" };
const actual = { actualVisibility: "public", actualRepository: "albeorla/other" };

describe("ghcr.Package", () => {
  let trial: ProviderTrial;
  afterEach(() => trial.end());

  /** A package with one version, unless it is said to have none. */
  async function start(
    options: FakePackagesOptions & { readonly absent?: true } = {},
    config: Properties = {},
  ): Promise<void> {
    const { absent, ...rest } = options;
    trial = await startProvider(PACKAGE_TYPE, { repository: "albeorla/tools", ...rest }, config);
    if (absent === true) trial.github.faults.push({ on: /packages/, times: Infinity, status: 404 });
    else trial.github.push({ tags: ["latest"] });
  }

  it("knows what GitHub shows already in a preview, where it gives no id", async () => {
    await start();
    assert.deepEqual(await trial.client.create(inputs, true), { id: "", properties: seen });
    assert.deepEqual(await trial.client.create(inputs), { id: "albeorla/todost", properties: seen });
    assert.deepEqual(trial.said(), []);
    assert.deepEqual(trial.github.deletions, []);
  });

  it("warns where GitHub shows something else, with the page where a person changes it", async () => {
    await start({ visibility: "public", repository: "albeorla/other" });
    for (const preview of [true, false]) {
      const { properties } = await trial.client.create(inputs, preview);
      assert.deepEqual(properties, { ...seen, ...actual });
    }
    const lines = [
      `warning: albeorla/todost is public and declared private. GitHub's API can't change that; a person can, on ${page}`,
      "warning: albeorla/todost belongs to the repository albeorla/other and is declared to belong to " +
        `albeorla/tools. GitHub's API can't change that; a person can, on ${page}`,
    ];
    assert.deepEqual(trial.said(), [...lines, ...lines]);
  });

  it("tells again what was seen last, without asking, as long as that differs", async () => {
    await start();
    const before = trial.github.journal.length;
    assert.deepEqual(await trial.client.diff(inputs, inputs, seen), { changed: [], replaces: [] });
    assert.deepEqual(trial.said(), []);
    await trial.client.diff(inputs, inputs, { ...seen, actualVisibility: "public" });
    assert.match(
      trial.said()[0] ?? "",
      /^warning: .* is public and declared private.*`pulumi refresh` asks again/,
    );
    assert.equal(trial.github.journal.length, before);
  });

  it("is unchanged as long as its inputs are, is updated for what is compared and replaced for its names", async () => {
    await start();
    const other = { ...inputs, visibility: "public", repository: "Albeorla/Tools" };
    // GitHub doesn't tell names of repositories apart by case.
    assert.deepEqual(await trial.client.diff(inputs, other), { changed: ["visibility"], replaces: [] });
    const renamed = { ...inputs, name: "todo", owner: "octo" };
    assert.deepEqual(await trial.client.diff(inputs, renamed), {
      changed: ["owner", "name"],
      replaces: ["owner", "name"],
    });
    const unknown = await trial.client.diff(inputs, { ...inputs, repository: UNKNOWN });
    assert.deepEqual(unknown, { changed: ["repository"], replaces: [] });
  });

  it("says that a package that isn't there comes with the first push, and that is no fault", async () => {
    await start({ absent: true });
    assert.deepEqual(await trial.client.create(inputs), {
      id: "albeorla/todost",
      properties: { ...inputs, exists: false },
    });
    assert.match(
      trial.said().join(),
      /^info: GitHub shows no package albeorla\/todost yet: the first push creates/,
    );
  });

  it("warns where GitHub shows no repository, and claims no difference", async () => {
    trial = await startProvider(PACKAGE_TYPE);
    trial.github.push();
    const { properties } = await trial.client.create(inputs);
    assert.deepEqual(properties, { ...inputs, ...asked, actualVisibility: "private" });
    assert.match(trial.said().join(), /^warning: GitHub shows no repository .* none that the token may see/);
    const read = await trial.client.read("albeorla/todost", seen, inputs);
    assert.deepEqual(read?.inputs, inputs);
  });

  it("shows drift in a refresh: as inputs what GitHub has", async () => {
    await start({ visibility: "public", repository: "albeorla/other" });
    assert.deepEqual(await trial.client.read("albeorla/todost", seen, inputs), {
      id: "albeorla/todost",
      inputs: { ...inputs, ...drifted },
      properties: { ...seen, ...drifted, ...actual },
    });
  });

  it("shows no drift where nothing has changed, nor where a repository is spelt in other case", async () => {
    await start({ repository: "Albeorla/Tools" });
    const properties = { ...seen, actualRepository: "Albeorla/Tools" };
    assert.deepEqual(await trial.client.read("albeorla/todost", properties, inputs), {
      id: "albeorla/todost",
      properties,
      inputs,
    });
  });

  it("is gone in a refresh where GitHub showed it before, and stays declared where it was never pushed", async () => {
    await start({ absent: true });
    assert.equal(await trial.client.read("albeorla/todost", seen, inputs), undefined);
    const never = { ...inputs, exists: false };
    const read = await trial.client.read("albeorla/todost", never, inputs);
    assert.deepEqual(read, { id: "albeorla/todost", properties: never, inputs });
  });

  it("is imported by owner and name, with what GitHub has", async () => {
    await start({ visibility: "public" });
    const imported = { ...inputs, visibility: "public" };
    assert.deepEqual(await trial.client.read("Albeorla/todost"), {
      id: "albeorla/todost",
      inputs: imported,
      properties: { ...imported, ...found, actualVisibility: "public" },
    });
    await assert.rejects(trial.client.read("todost"), /must be <owner>\/<package> \(got "todost"\)/);
  });

  it("is not imported where it isn't there, or can't be looked at", async () => {
    await start({ absent: true });
    assert.equal(await trial.client.read("albeorla/todost"), undefined);
    trial.github.faults.length = 0;
    trial.github.faults.push({
      on: /packages/,
      times: Infinity,
      status: 403,
      body: '{"message":"no scope"}',
    });
    await assert.rejects(trial.client.read("albeorla/todost"), /refuses to show it \(403: no scope\)/);
  });

  it("refuses what can't be, all of it at once and each at its property", async () => {
    await start();
    const { failures } = await trial.client.check({
      owner: "no login",
      visibility: "hidden",
      repository: "tools",
      actions: true,
    });
    assert.deepEqual(Object.keys(failures).sort(), ["actions", "name", "owner", "repository", "visibility"]);
    assert.equal(failures["name"], "is missing");
    assert.match(failures["visibility"] ?? "", /must be one of public, private, internal \(got "hidden"\)/);
    assert.match(failures["repository"] ?? "", /must be <owner>\/<name>.*\(got "tools"\)/);
  });

  it("keeps an owner in lower case, and takes what isn't known yet on trust", async () => {
    await start();
    const checked = await trial.client.check({ ...inputs, owner: "Albeorla", repository: UNKNOWN });
    assert.deepEqual(checked, { inputs: { ...inputs, repository: UNKNOWN }, failures: {} });
    const { properties } = await trial.client.create({ ...inputs, repository: UNKNOWN }, true);
    assert.deepEqual(properties, { ...seen, repository: UNKNOWN });
    const nameless = await trial.client.create({ ...inputs, name: UNKNOWN }, true);
    const unknown = Object.keys(found).map((name) => [name, UNKNOWN] as const);
    assert.deepEqual(nameless.properties, { ...inputs, name: UNKNOWN, ...Object.fromEntries(unknown) });
  });

  it("refuses secrets, since it shows what it is given", async () => {
    await start();
    const { failures } = await trial.client.check({ ...inputs, name: secret("todost") });
    assert.deepEqual(failures, { name: "must not be a secret: it is shown to people" });
  });

  it("deletes nothing when it is deleted, and says that the images stay", async () => {
    await start();
    const before = trial.github.journal.length;
    await trial.client.delete(seen);
    assert.equal(trial.github.journal.length, before);
    assert.deepEqual(trial.said(), [
      "info: albeorla/todost is declared no longer; the package and its images stay",
    ]);
  });

  it("stays declared where GitHub can't be asked, and says so once for all", async () => {
    await start({}, { token: undefined });
    const { properties } = await trial.client.create(inputs);
    assert.deepEqual(properties, inputs);
    await trial.client.create(inputs);
    assert.deepEqual(await trial.client.read("albeorla/todost", seen, inputs), {
      id: "albeorla/todost",
      properties: seen,
      inputs,
    });
    assert.deepEqual(trial.github.journal, []);
    assert.equal(trial.said().length, 1);
    assert.match(
      trial.said()[0] ?? "",
      /^warning for all: packages are not compared .* no token that may read/,
    );
  });

  it("asks no further once the token is refused, and lets it stand nowhere", async () => {
    await start();
    trial.github.faults.push({ on: /packages/, status: 403, body: `{"message":"${token} may not"}` });
    for (let each = 0; each < 5; each++) await trial.client.create(inputs);
    assert.equal(trial.github.journal.length, 1);
    assert.equal(trial.said().length, 1);
    assert.match(trial.said()[0] ?? "", /403: \[secret\] may not/);
    assert.ok(!trial.said().join().includes(token));
  });
});
