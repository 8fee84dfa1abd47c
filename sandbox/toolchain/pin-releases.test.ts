import assert from "node:assert/strict";
import { silentProgress } from "../progress";
import { pinReleases, publishedChecksum, type Publisher } from "./pin-releases";
import type { Release } from "./release-lock";

const SUM = "ab".repeat(32);
const OTHER = "cd".repeat(32);
const release: Release = {
  version: "1.0.0",
  url: "https://releases.example/tool-{version}-{os}-{arch}.tar.gz",
  checksums: "https://releases.example/{version}/checksums.txt",
  folder: ".",
  platforms: { "linux-amd64": { sha256: null }, "linux-arm64": { sha256: OTHER, source: "before" } },
};

function publisher(text: string): Publisher & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    digest: async (url) => (asked.push(url), SUM),
    text: async (url) => (asked.push(url), text),
  };
}

describe("pinning releases", () => {
  it("fills in what is missing, by the publisher's word, and leaves what is there", async () => {
    const source = publisher(
      `${OTHER}  tool-1.0.0-linux-arm64.tar.gz\n${SUM}  tool-1.0.0-linux-amd64.tar.gz\n`,
    );
    const pinned = await pinReleases({ tool: release }, ["tool"], source, silentProgress);
    assert.deepEqual(pinned["tool"]?.platforms, {
      "linux-amd64": { sha256: SUM, source: "https://releases.example/1.0.0/checksums.txt" },
      "linux-arm64": { sha256: OTHER, source: "before" },
    });
    assert.deepEqual(source.asked, [
      "https://releases.example/tool-1.0.0-linux-amd64.tar.gz",
      "https://releases.example/1.0.0/checksums.txt",
    ]);
  });

  it("refuses a download that the publisher's checksums don't agree with, or don't name", async () => {
    const pin = (text: string) => pinReleases({ tool: release }, ["tool"], publisher(text), silentProgress);
    await assert.rejects(
      pin(`${OTHER}  tool-1.0.0-linux-amd64.tar.gz`),
      new RegExp(`checksums say ${OTHER}`),
    );
    await assert.rejects(pin(`${SUM}  another.tar.gz`), /checksums don't name it/);
  });

  it("says so where the publisher gives no checksums", async () => {
    const { checksums: _, ...silent } = release;
    const pinned = await pinReleases({ tool: silent }, ["tool"], publisher(""), silentProgress);
    assert.match(pinned["tool"]?.platforms["linux-amd64"]?.source ?? "", /gives no checksums/);
  });

  it("refuses a tool that isn't in the lock file", async () => {
    await assert.rejects(pinReleases({ tool: release }, ["toll"], publisher(""), silentProgress), /"toll"/);
  });

  it("reads checksums as sha256sum writes them", () => {
    assert.equal(publishedChecksum(`${SUM}  a.tar.gz\n`, "a.tar.gz"), SUM);
    assert.equal(publishedChecksum(`${SUM.toUpperCase()} *./dist/a.tar.gz`, "a.tar.gz"), SUM);
    assert.equal(publishedChecksum(`${SUM}  aa.tar.gz`, "a.tar.gz"), undefined);
    assert.equal(publishedChecksum("", "a.tar.gz"), undefined);
  });
});
