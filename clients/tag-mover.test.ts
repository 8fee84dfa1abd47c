import assert from "node:assert/strict";
import type { PlatformError } from "../core/errors";
import { parseTag } from "../core/names";
import { openRegistry } from "./registry";
import { createTagMover, type TagMover } from "./tag-mover";
import { FakeRegistry } from "./testing/fake-registry";
import { testImage } from "./testing/images";

const REPOSITORY = "albeorla/todost";
/** Commits in the order of their history. */
const [FIRST, SECOND, THIRD, ASIDE] = ["1", "2", "3", "a"].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
  string,
];
const history = [FIRST, SECOND, THIRD];
const latest = parseTag("test", "latest");

describe("the tag mover", () => {
  let fake: FakeRegistry;

  beforeEach(async () => {
    fake = await new FakeRegistry().start();
  });

  afterEach(() => fake.stop());

  /** Stores an image of a commit and gives its digest. */
  function store(revision: string, more: { version?: string; salt?: string } = {}): string {
    const labels = {
      "org.opencontainers.image.revision": revision,
      ...(more.version === undefined ? {} : { "org.opencontainers.image.version": more.version }),
    };
    const image = testImage({ labels, salt: more.salt ?? revision });
    for (const blob of image.blobs) fake.putBlob(REPOSITORY, blob.toString("utf8"));
    for (const { digest, mediaType, bytes } of [...image.manifests, image.index]) {
      fake.put(REPOSITORY, digest, mediaType, bytes.toString("utf8"));
    }
    return image.index.digest;
  }

  /** What another push does: no checks, no questions. */
  function overwrite(tag: string, digest: string): void {
    fake.retag(REPOSITORY, tag, digest);
  }

  async function moverOf(digest: string, force = false): Promise<TagMover> {
    const registry = openRegistry(fake.host, { retryPauseMs: 1 });
    return createTagMover({
      registry,
      repository: REPOSITORY,
      image: await registry.manifest(REPOSITORY, digest),
      force,
      isAncestor: async (older, newer) =>
        [older, newer].every((commit) => history.includes(commit))
          ? history.indexOf(older) <= history.indexOf(newer)
          : undefined,
    });
  }

  const writes = () => fake.journal.filter((line) => line.startsWith("PUT"));

  it("creates, moves forward with the very bytes, and is silent the second time", async () => {
    const [first, second] = [store(FIRST), store(SECOND)];
    assert.equal((await (await moverOf(first)).move(latest)).action, "created");
    const moved = await (await moverOf(second)).move(latest);
    assert.deepEqual([moved.action, moved.from, fake.tag(REPOSITORY, "latest")], ["moved", first, second]);
    assert.equal(writes().length, 2);
    assert.equal((await (await moverOf(second)).move(latest)).action, "unchanged");
    assert.equal(writes().length, 2);
  });

  it("writes nothing for an older image, nor where history can't tell, unless forced there", async () => {
    const [first, second, aside] = [store(FIRST), store(SECOND), store(ASIDE)];
    overwrite("latest", second);
    assert.equal((await (await moverOf(first, true)).move(latest)).action, "kept");
    assert.equal((await (await moverOf(aside)).move(latest)).action, "kept");
    assert.deepEqual(writes(), []);
    assert.equal((await (await moverOf(aside, true)).move(latest)).action, "moved");
  });

  it("refuses to move a version that was released from another commit", async () => {
    const [first, second] = [store(FIRST, { version: "1.2.3" }), store(SECOND, { version: "1.2.3" })];
    overwrite("1.2.3", first);
    const move = (await moverOf(second)).move(parseTag("test", "1.2.3"));
    await assert.rejects(move, (error: PlatformError) => error.code === "tag-refused");
    assert.deepEqual(writes(), []);
  });

  it("sees what came in between reading and writing", async () => {
    const [first, second, third] = [store(FIRST), store(SECOND), store(THIRD)];
    overwrite("latest", first);
    const mover = await moverOf(second);
    // The third commit's push arrives while it reads what the tag points at.
    fake.faults.push({ on: /GET .*manifests/, before: () => overwrite("latest", third) });
    assert.equal((await mover.move(latest)).action, "kept");
    assert.deepEqual(writes(), []);
    assert.equal(fake.tag(REPOSITORY, "latest"), third);
  });

  it("takes the tag back from an older push that came right after it", async () => {
    const [first, second] = [store(FIRST), store(SECOND)];
    const mover = await moverOf(second);
    overwriteAfterWrites(1, "latest", first);
    const outcome = await mover.move(latest);
    assert.equal(outcome.action, "created");
    assert.equal(writes().length, 2);
    assert.equal(fake.tag(REPOSITORY, "latest"), second);
  });

  it("leaves the tag to a newer push that came right after it", async () => {
    const [second, third] = [store(SECOND), store(THIRD)];
    const mover = await moverOf(second);
    overwriteAfterWrites(1, "latest", third);
    assert.equal((await mover.move(latest)).action, "kept");
    assert.equal(writes().length, 1);
    assert.equal(fake.tag(REPOSITORY, "latest"), third);
  });

  it("leaves the tag to a later build of the same commit that came right after it", async () => {
    const [one, other] = [store(FIRST, { salt: "one" }), store(FIRST, { salt: "other" })];
    const mover = await moverOf(one);
    overwriteAfterWrites(1, "latest", other);
    const outcome = await mover.move(latest);
    assert.deepEqual([outcome.action, fake.tag(REPOSITORY, "latest")], ["kept", other]);
  });

  it("gives up, saying so, where somebody keeps moving the tag back", async () => {
    const [first, second] = [store(FIRST), store(SECOND)];
    const mover = await moverOf(second);
    overwriteAfterWrites(99, "latest", first);
    await assert.rejects(mover.move(latest), (error: PlatformError) => error.code === "tag-contended");
    assert.equal(writes().length, 5);
  });

  /** After each of so many writes of ours another push points the tag elsewhere, before it is read again. */
  function overwriteAfterWrites(times: number, tag: string, digest: string): void {
    let seen = 0;
    fake.faults.push({
      on: /^HEAD/,
      times: 99,
      before: () => {
        if (writes().length === seen || seen >= times) return;
        seen = writes().length;
        overwrite(tag, digest);
      },
    });
  }
});
