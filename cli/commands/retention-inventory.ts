import { Command } from "commander";
import { takeInventory, type OtherKnowledge } from "../../clients/inventory";
import { PlatformError } from "../../core/errors";
import { inventoryFormat, parseInventory } from "../../core/retention";
import { connect, withConnectionOptions, type ConnectionOptions } from "../github-packages";
import type { Io } from "../io";
import { readJsonFile, writeFileWhole } from "../json-file";
import { progressBar, type ProgressBar } from "../progress-bar";

interface Options extends ConnectionOptions {
  readonly owner: string;
  readonly package: string;
  readonly out: string;
  readonly pullRequests?: string;
  readonly promotions?: string;
  readonly inUse?: string;
  readonly ifExists?: true;
  readonly json?: true;
}

/** The values of `--promotions` and `--pull-requests` that stand for no file. */
const [fromRegistry, fromGitHub] = ["registry", "github"];

/** `ghcr retention inventory`: writes down what a package holds. Deletes nothing. */
export function retentionInventoryCommand(io: Io): Command {
  const command = new Command("inventory")
    .description("Write down what a package holds, to plan from. Deletes nothing.")
    .requiredOption("--owner <login>", "organization or user that owns the package")
    .requiredOption("--package <name>", "name of the container package")
    .requiredOption("--out <file>", "where the inventory is written")
    .option("--pull-requests <source>", "github (the linked repository's), a JSON list, or none")
    .option("--promotions <source>", "registry (its promotion records), a JSON list of promotions, or none")
    .option("--in-use <file>", "JSON list of digests that run or are referred to, or none")
    .option("--if-exists", "write nothing, and end with 0, where GitHub shows no such package")
    .option("--json", "print what was counted as JSON");
  return withConnectionOptions(command)
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const known = otherKnowledge(options);
      const { packages, manifests } = connect(io, options.owner, options.package, options);
      const promotionRecords = options.promotions === fromRegistry;
      const pullRequests = options.pullRequests === fromGitHub;
      const notice = (sentence: string) => io.complain(sentence);
      const bar = inventoryProgress(io);
      const inventory = await takeInventory({
        ...{ packages, manifests, known, promotionRecords, pullRequests, notice, now: () => new Date() },
        progress: bar.advance,
      })
        .catch(missing(options))
        .finally(bar.end);
      if (inventory === undefined) {
        io.complain(
          `GitHub shows no container package ${options.owner}/${options.package}: nothing is written`,
        );
        return;
      }
      writeFileWhole(options.out, `${JSON.stringify(inventory)}\n`);
      const counted = {
        ...{ versions: inventory.versions.length, requests: packages.requests() },
        ...{ manifestsRead: manifests.requests(), incomplete: inventory.incomplete, file: options.out },
      };
      if (options.json === true) io.print(JSON.stringify(counted));
      else
        io.print(
          `${inventory.versions.length} versions, ${packages.requests()} requests to GitHub, ` +
            `${manifests.requests()} manifests read: ${options.out}`,
        );
      for (const why of inventory.incomplete)
        io.complain(`incomplete, so a plan will delete nothing: ${why}`);
      const asked = { promotions: promotionRecords, pullRequests, inUse: false };
      for (const [field, value] of Object.entries(known)) {
        if (value === null && !asked[field as keyof typeof asked])
          io.complain(`${field} not given: what may depend on them is kept`);
      }
    });
}

/** What isn't there is no error where that is expected; a token without rights sees the same. */
function missing({ ifExists }: Options): (error: unknown) => undefined {
  return (error) => {
    const isMissing =
      error instanceof PlatformError && error.faults.some(({ code }) => code === "no-such-package");
    if (ifExists === true && isMissing) return undefined;
    throw error;
  };
}

/** Manifests of a large package take their time; how many there are is known with the first. */
function inventoryProgress(io: Io): { advance: (done: number, all: number) => void; end: () => void } {
  let bar: ProgressBar | undefined;
  return {
    advance: (done, all) => (bar ??= progressBar(io, "manifests", all)).advance(done),
    end: () => bar?.end(),
  };
}

/** Parsed before anyone is asked, so that a mistake costs nothing. */
function otherKnowledge({ pullRequests, promotions, inUse }: Options): OtherKnowledge {
  const read = (flag: string, value: string | undefined): unknown =>
    value === undefined ? null : value === "none" ? [] : readJsonFile(flag, value);
  const empty = {
    format: inventoryFormat,
    package: { owner: "none", name: "none", visibility: null },
    takenAt: "2000-01-01T00:00:00Z",
    ...{ incomplete: [], versions: [], blobs: [] },
  };
  const checked = parseInventory(
    {
      ...empty,
      pullRequests: read("--pull-requests", pullRequests === fromGitHub ? undefined : pullRequests),
      promotions: read("--promotions", promotions === fromRegistry ? undefined : promotions),
      inUse: read("--in-use", inUse),
    },
    "--pull-requests, --promotions, --in-use",
  );
  return { pullRequests: checked.pullRequests, promotions: checked.promotions, inUse: checked.inUse };
}

const help = `
Manifests are read once in all and kept below $XDG_CACHE_HOME (or ~/.cache), since ghcr.io counts each read as a
download. What is not given is unknown: without promotions and digests in use a plan deletes nothing.
With --promotions registry they come from the records that ghcr promote attaches to images; these are among the
manifests that are read anyway. A record that isn't understood keeps its image, and an unreadable manifest, which may
be one, leaves promotions unknown.

With --pull-requests github the linked repository is asked for those that tags pr-<number> name, and for no other.

Example:
  ghcr retention inventory --owner albeorla --package todost --promotions registry --in-use none --out inventory.json

Exit codes: 0 written; 1 an error; 2 wrong usage.`;
