/** Debian packages by way of apt, which checks them against the archive's signature; no root needed. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlatformError } from "../../core/errors";
import { run } from "../run";
import { ARCHITECTURES, type Architecture } from "./recipe";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

const SOURCES = `Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: ${KEYRING}

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: ${KEYRING}
`;

/** apt with lists and cache of its own in `folder`: the machine's packages neither matter nor change. */
export class DebianArchive {
  readonly #config: string;

  private constructor(private readonly folder: string) {
    this.#config = join(folder, "apt.conf");
  }

  /** Reads the archive's current lists, for all architectures. PlatformError where there is no apt to do it. */
  static async open(folder: string): Promise<DebianArchive> {
    if (!existsSync(KEYRING) || !existsSync("/usr/bin/apt-get") || !existsSync("/usr/bin/dpkg-deb")) {
      throw new PlatformError({
        code: "base-images-need-debian",
        where: "base images",
        problem: `they are made from Debian packages, which needs apt-get, dpkg-deb and ${KEYRING}`,
        fix: "apt-get install debian-archive-keyring, on Debian or a system made from it",
      });
    }
    const archive = new DebianArchive(folder);
    archive.#configure();
    await archive.#apt("update");
    return archive;
  }

  /** Downloads these packages, and no others; resolves to the paths of the `.deb` files, sorted. */
  async download(packages: readonly string[], architecture: Architecture): Promise<string[]> {
    const target = mkdtempSync(join(this.folder, `packages-${architecture}-`));
    await this.#apt("download", ["-o", `APT::Architecture=${architecture}`, ...packages], target);
    return readdirSync(target)
      .filter((name) => name.endsWith(".deb"))
      .sort()
      .map((name) => join(target, name));
  }

  #configure(): void {
    const { folder } = this;
    for (const path of ["sources", "state/lists/partial", "cache/archives/partial"]) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    writeFileSync(join(folder, "sources", "debian.sources"), SOURCES);
    writeFileSync(join(folder, "state", "status"), "");
    // The machine's own settings (a proxy, say) still hold, but for these: apt.conf(5), APT_CONFIG.
    writeFileSync(
      this.#config,
      [
        `APT::Architectures { ${ARCHITECTURES.map((one) => `"${one}";`).join(" ")} };`,
        `Dir::Etc::SourceList "/dev/null";`,
        `Dir::Etc::SourceParts ${JSON.stringify(join(folder, "sources"))};`,
        `Dir::State ${JSON.stringify(join(folder, "state"))};`,
        `Dir::State::status ${JSON.stringify(join(folder, "state", "status"))};`,
        `Dir::Cache ${JSON.stringify(join(folder, "cache"))};`,
        `Acquire::Languages "none";`,
        `Acquire::Retries "3";`,
        // Else a list that can't be had is a warning, and the packages are missing later.
        `APT::Update::Error-Mode "any";`,
        // Downloads as the user that runs this; the folder is no other's to read.
        `APT::Sandbox::User "";`,
        "",
      ].join("\n"),
    );
  }

  async #apt(command: string, args: readonly string[] = [], cwd = this.folder): Promise<void> {
    try {
      await run("apt-get", [command, "-qq", ...args], {
        cwd,
        env: { ...process.env, APT_CONFIG: this.#config },
      });
    } catch (cause) {
      throw new PlatformError(
        {
          code: "debian-unreachable",
          where: "base images",
          problem: cause instanceof Error ? cause.message : String(cause),
          fix: "see to it that apt-get reaches deb.debian.org, then run it again",
        },
        { cause },
      );
    }
  }
}
