/**
 * Packages as GitHub and the registry have them, for one provider process that serves a whole fleet: a few at once,
 * within one token's limits, and without asking on for what was refused to the token itself.
 */
import pLimit from "p-limit";
import { diskAnswerCache } from "../clients/answer-cache";
import { GitHubLimits, impatientClock } from "../clients/github-limits";
import { manifestSource, takeInventory } from "../clients/inventory";
import { diskManifestCache } from "../clients/manifest-cache";
import { openPackages, type Packages, type PackageState } from "../clients/packages";
import { createRedactor, type Redactor } from "../clients/redaction";
import { openRegistry, type Registry } from "../clients/registry";
import { PlatformError } from "../core/errors";
import type { Inventory } from "../core/retention";

export interface PackageReaderOptions {
  /** Base URL of GitHub's REST API. */
  readonly githubUrl: string;
  /** Registry host. */
  readonly registry: string;
  /** May read packages. A secret. Undefined: nothing is asked. */
  readonly token: string | undefined;
  /** Where manifests are kept across runs. */
  readonly cacheFolder: string;
  /** The same for GitHub's answers. */
  readonly answerFolder: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** A package by its names, the owner's and its own, in lower case. */
export interface PackageName {
  readonly owner: string;
  readonly name: string;
}

/** What came of looking at a package. */
export type Look<T> =
  | { readonly is: "there"; readonly seen: T }
  /** GitHub has no such package, or doesn't show it to this token. */
  | { readonly is: "absent" }
  /** It could not be looked at. `everywhere`: nor can any other, so that saying it once is enough. */
  | { readonly is: "unknown"; readonly why: string; readonly everywhere: boolean };

/** Packages that are read at once. Requests about one of them go one after the other. */
const atOnce = 4;
/** What a preview shows is not worth a longer wait, in milliseconds. */
const longestPause = 60_000;
/** Faults of the token, the address or the network: the next package would meet them too. */
const everywhere = new Set(["github-denied", "github-limited", "github-unreachable", "registry-unreachable"]);

export class PackageReader {
  private readonly queue = pLimit(atOnce);
  private readonly redactor: Redactor = createRedactor();
  private readonly limits: GitHubLimits;
  private readonly registry: Registry;
  private readonly opened = new Map<string, Packages>();
  private givenUp: string | undefined;

  constructor(private readonly options: PackageReaderOptions) {
    const { token, registry, signal } = options;
    this.limits = new GitHubLimits(impatientClock(longestPause, signal));
    if (token === undefined) this.givenUp = noToken;
    else this.redactor.add(token);
    this.registry = openRegistry(registry, {
      credentials: () => (token === undefined ? undefined : { username: "x-access-token", password: token }),
    });
  }

  state(name: PackageName): Promise<Look<PackageState>> {
    return this.look(name, (packages) => packages.state());
  }

  /**
   * All versions with their manifests, of which only those that no run has read before are asked for. Who needs what
   * is not known to it: promotions, digests in use and pull requests are `null`.
   * @param progress told after each manifest
   */
  inventory(name: PackageName, progress: (done: number, all: number) => void): Promise<Look<Inventory>> {
    const cache = diskManifestCache(this.options.cacheFolder);
    return this.look(name, (packages) =>
      takeInventory({
        packages,
        manifests: manifestSource(this.registry, `${name.owner}/${name.name}`, cache),
        known: { pullRequests: null, promotions: null, inUse: null },
        now: this.options.now,
        progress,
      }),
    );
  }

  /** Never throws: what is not known of a package must not stop a program that only declares it. */
  private look<T>(name: PackageName, ask: (packages: Packages) => Promise<T>): Promise<Look<T>> {
    return this.queue(async (): Promise<Look<T>> => {
      if (this.givenUp !== undefined) return { is: "unknown", why: this.givenUp, everywhere: true };
      try {
        return { is: "there", seen: await ask(this.open(name)) };
      } catch (error) {
        const code = error instanceof PlatformError ? error.code : "";
        if (code === "no-such-package") return { is: "absent" };
        const why = this.redactor.redact(error instanceof Error ? error.message : String(error));
        if (everywhere.has(code)) this.givenUp = why;
        return { is: "unknown", why, everywhere: everywhere.has(code) };
      }
    });
  }

  private open({ owner, name }: PackageName): Packages {
    const key = `${owner}/${name}`;
    const known = this.opened.get(key);
    if (known !== undefined) return known;
    const { githubUrl, token = "", answerFolder } = this.options;
    // Every preview looks at every package of a fleet, and few of them have changed.
    const answers = diskAnswerCache(answerFolder, token);
    const packages = openPackages({ githubUrl, token, owner, name, limits: this.limits, answers });
    this.opened.set(key, packages);
    return packages;
  }
}

const noToken =
  "the provider has no token that may read packages\n" +
  "  fix: set ghcr-platform:registryPassword, or export GHCR_TOKEN or GITHUB_TOKEN, with read:packages";
