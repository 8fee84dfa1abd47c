/** What stands for Trivy on the PATH: it says of an image what it was told to. */
import { createHash } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { TestImage } from "../../clients/testing/images";

/** Answers as Trivy does: with the report that lies in its folder for a digest and a platform, else with an error. */
const script = `#!${process.execPath}
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const args = process.argv.slice(2);
const value = (flag) => args[args.indexOf(flag) + 1];
if (args[0] === "version") console.log(JSON.stringify({ Version: "0.74.0", VulnerabilityDB: { UpdatedAt: "2026-11-25T00:00:00Z" } }));
else if (!args.includes("--download-db-only")) {
  const file = __dirname + "/" + args.find((each) => each.includes("@sha256:")).split(":").at(-1) + "." + value("--platform").replace("/", "-");
  if (!existsSync(file)) { console.error("FATAL no answer " + Date.now()); process.exit(1); }
  const report = readFileSync(file, "utf8");
  writeFileSync(value("--output"), report);
  process.exit(report.includes("VulnerabilityID") ? 3 : 0);
}
`;

export class Scanner {
  readonly folder = mkdtempSync(join(tmpdir(), "scanner-"));
  private readonly path = process.env["PATH"];

  /** Programs are looked for on this process's own PATH. `end` takes it off again. */
  constructor() {
    writeFileSync(join(this.folder, "trivy"), script);
    chmodSync(join(this.folder, "trivy"), 0o755);
    process.env["PATH"] = `${this.folder}${delimiter}${this.path}`;
  }

  end(): void {
    process.env["PATH"] = this.path;
    rmSync(this.folder, { recursive: true });
  }

  /** What it says of every platform of an image: these vulnerabilities, each with a fix. It knows no other image. */
  finds(image: TestImage, ...ids: readonly string[]): void {
    for (const { bytes } of image.manifests) {
      const { config } = JSON.parse(bytes.toString("utf8")) as { config: { digest: string } };
      const blob = image.blobs.find((each) => digestOf(each) === config.digest);
      if (blob === undefined) throw new Error("the image holds no configuration");
      const { os, architecture } = JSON.parse(blob.toString("utf8")) as { os: string; architecture: string };
      const vulnerabilities = ids.map((id) => ({
        ...{ VulnerabilityID: id, PkgName: "libexpat1", InstalledVersion: "2.5.0", FixedVersion: "2.5.1" },
        Severity: "HIGH",
      }));
      const report = {
        SchemaVersion: 2,
        ArtifactType: "container_image",
        Metadata: { ImageID: config.digest, ImageConfig: { architecture, os } },
        Results: [{ Class: "os-pkgs", Packages: [{}], Vulnerabilities: vulnerabilities }],
      };
      const name = `${image.index.digest.slice("sha256:".length)}.${os}-${architecture}`;
      writeFileSync(join(this.folder, name), JSON.stringify(report));
    }
  }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
