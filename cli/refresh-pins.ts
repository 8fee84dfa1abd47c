/**
 * `sandbox/node cli/refresh-pins.ts [--check] [--only actions/checkout] [--age 14]` writes the newest release of every
 * action into the lock file, with the commit that its tag names. A release younger than `--age` days is left alone: a
 * release that was tampered with is mostly found within days. Tools with checksums are renewed by hand, from a
 * source other than the download.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { gt, valid } from "semver";
import { gitHubReleases, type ActionReleases } from "../clients/action-releases";

const file = join(__dirname, "..", "core", "workflow", "actions.lock.json");

interface Pin {
  readonly version: string;
  readonly commit: string;
}

/**
 * The newest pin of an action: the highest stable version that is at least `age` days old; never a lower one than it
 * has.
 */
export async function newestPin(
  repository: string,
  current: Pin,
  source: ActionReleases,
  { now, age }: { readonly now: Date; readonly age: number },
): Promise<Pin> {
  const youngest = now.getTime() - age * 24 * 60 * 60 * 1000;
  const newest = (await source.releases(repository))
    .filter(({ tag, stable, publishedAt }) => {
      return stable && valid(tag) !== null && publishedAt.getTime() <= youngest;
    })
    .reduce((best, { tag }) => (gt(tag, best) ? tag : best), current.version);
  const commit = await source.commitOf(repository, newest);
  if (newest === current.version && commit !== current.commit) {
    throw new Error(
      `${repository} ${newest} was ${current.commit} and is ${commit} now: a release's tag must not move. ` +
        "Find out why before anything is pinned anew.",
    );
  }
  return { version: newest, commit };
}

async function main(): Promise<void> {
  const options = new Command("cli/refresh-pins.ts")
    .option("--check", "change nothing; exit code 1 if a pin is behind")
    .option("--only <action>", "one action, e.g. actions/checkout")
    .option("--age <days>", "leave younger releases alone", Number, 14)
    .parse()
    .opts<{ check?: true; only?: string; age: number }>();
  const source = gitHubReleases(process.env["GITHUB_TOKEN"]);
  const lock = JSON.parse(readFileSync(file, "utf8")) as { actions: Record<string, Pin> };
  let behind = 0;
  for (const [repository, current] of Object.entries(lock.actions)) {
    if (options.only !== undefined && options.only !== repository) continue;
    const pin = await newestPin(repository, current, source, { now: new Date(), age: options.age });
    if (pin.version === current.version) continue;
    behind += 1;
    console.log(`${repository} ${current.version} → ${pin.version} (${pin.commit})`);
    lock.actions[repository] = pin;
  }
  if (behind === 0) console.log("every action is at its newest release");
  else if (options.check) process.exitCode = 1;
  else writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}

if (require.main === module) void main();
