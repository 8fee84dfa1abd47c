/**
 * Releases of the platform. A release is a commit on a tag of its own, `platform-v<version>`, that holds nothing but
 * the action with its bundled command; its parent is the commit that it was bundled from. Everything in it follows
 * from that parent and the version, so whoever bundles the parent again must get the same commit.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Command } from "commander";
import { gt, valid } from "semver";
import { PlatformError } from "../core/errors";
import type { PlatformRelease } from "../core/fleet";
import { bundle, bundleFile } from "./bundle";

const lockFile = "services/platform-release.json";
const actionFiles = ["setup/action.yml", "setup/main.cjs"] as const;

export function tagOf(version: string): string {
  return `platform-v${version}`;
}

/**
 * Makes the commit of a release from what is checked out, without a tag, and gives its id. The same checkout gives the
 * same id: author and time are those of the commit that it is made from.
 * @throws PlatformError where files differ from that commit
 */
export async function releaseCommit(root: string, version: string): Promise<string> {
  if (valid(version) !== version || version.includes("-")) {
    throw fault("VERSION", "must be a version without v and pre-release", version, "write it like 1.4.0");
  }
  const changed = git(root, ["status", "--porcelain", "--", ".", `:!${lockFile}`]).trim();
  if (changed !== "") {
    throw fault(root, "files differ from the commit that is released", changed.split("\n")[0], "commit them");
  }
  const parent = git(root, ["rev-parse", "HEAD"]).trim();
  const blob = (bytes: Uint8Array) => git(root, ["hash-object", "-w", "--stdin"], { input: bytes }).trim();
  const entries = [
    ...actionFiles.map((path) => [path, blob(readFileSync(join(root, path)))] as const),
    [bundleFile, blob((await bundle(root)).bytes)] as const,
  ];
  const lines = entries.map(([path, id]) => `100644 blob ${id}\t${path.replace("setup/", "")}\n`);
  const folder = git(root, ["mktree"], { input: lines.join("") }).trim();
  const tree = git(root, ["mktree"], { input: `040000 tree ${folder}\tsetup\n` }).trim();
  const [name = "", email = "", date = ""] = git(root, ["show", "-s", "--format=%cn%n%ce%n%cI"]).split("\n");
  const env = {
    ...{ GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date },
    ...{ GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email, GIT_COMMITTER_DATE: date },
  };
  const message = `ghcr-platform ${version}\n\nThe ghcr command as one file, bundled from ${parent}.\n`;
  return git(root, ["-c", "commit.gpgSign=false", "commit-tree", tree, "-p", parent], {
    input: message,
    env,
  }).trim();
}

/** Makes a release: commit, tag, and the lock that rendered workflows are pinned by. Pushes nothing. */
export async function release(root: string, version: string): Promise<PlatformRelease> {
  const last = readLock(root);
  if (last !== undefined && !gt(version, last.version)) {
    throw fault("VERSION", `must be higher than the last release's, ${last.version}`, version, "raise it");
  }
  const commit = await releaseCommit(root, version);
  const tag = tagOf(version);
  const existing = git(root, ["tag", "--list", tag, "--format=%(objectname)"]).trim();
  if (existing !== "" && existing !== commit) {
    throw fault(
      tag,
      "the tag names another commit; a release is never made twice",
      existing,
      "raise VERSION",
    );
  }
  if (existing === "") git(root, ["tag", tag, commit]);
  const made = { version, commit, commands: commandsOf(root, commit) };
  writeFileSync(join(root, lockFile), `${JSON.stringify(made, null, 2)}\n`);
  return made;
}

/** What the command of a release says that it knows. */
function commandsOf(root: string, commit: string): NonNullable<PlatformRelease["commands"]> {
  const folder = mkdtempSync(join(tmpdir(), "ghcr-commands-"));
  try {
    const file = join(folder, "ghcr.cjs");
    writeFileSync(file, git(root, ["show", `${commit}:${bundleFile}`]));
    const said = execFileSync(process.execPath, [file, "commands", "--json"], { encoding: "utf8" });
    return JSON.parse(said) as Record<string, string>;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Bundles the parent of the pinned release again, in a clone of its own with the packages of its own lock file, and
 * asks its command what it knows.
 * @throws PlatformError where that gives another commit, or the lock names other commands
 */
export function verify(root: string): PlatformRelease {
  const pinned = readLock(root);
  if (pinned === undefined) throw fault(lockFile, "there is no release yet", undefined, "make release");
  const folder = mkdtempSync(join(tmpdir(), "ghcr-release-"));
  try {
    git(root, ["clone", "--quiet", "--shared", "--no-checkout", root, folder]);
    git(folder, ["checkout", "--quiet", "--detach", `${pinned.commit}^`]);
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    execFileSync("npm", ["ci", ...quiet], { cwd: folder, stdio: ["ignore", 2, 2] });
    const command = join(folder, "sandbox", "node");
    const args = [join(folder, "setup", "release.ts"), "commit", pinned.version];
    const commit = execFileSync(command, args, { cwd: folder, encoding: "utf8" }).trim();
    if (commit !== pinned.commit) {
      throw fault(
        `${tagOf(pinned.version)}: ${pinned.commit}`,
        "is not what its parent commit bundles to",
        commit,
        "don't run it: find out who made it, and release anew",
      );
    }
    const known = commandsOf(root, pinned.commit);
    if (!isDeepStrictEqual(known, pinned.commands)) {
      throw fault(
        `${lockFile}: commands`,
        "is not what the release's command says that it knows",
        JSON.stringify(pinned.commands),
        `write what it says: ${JSON.stringify(known)}`,
      );
    }
    return pinned;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readLock(root: string): PlatformRelease | undefined {
  return (JSON.parse(readFileSync(join(root, lockFile), "utf8")) as PlatformRelease | null) ?? undefined;
}

function git(
  root: string,
  args: readonly string[],
  options: { readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {},
): string {
  const { input, env } = options;
  return execFileSync("git", ["-C", root, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
    input,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
}

function fault(where: string, problem: string, got: string | undefined, fix: string): PlatformError {
  return new PlatformError({
    code: "release",
    where,
    problem,
    fix,
    ...(got === undefined ? {} : { got }),
  });
}

async function main(): Promise<void> {
  const root = join(__dirname, "..");
  const program = new Command("setup/release.ts").description("Releases of the platform's ghcr command");
  program
    .command("make <version>")
    .description("commit, tag and pin a release of what is checked out; pushes nothing")
    .action(async (version: string) => {
      const { commit } = await release(root, version);
      console.log(`${tagOf(version)} is ${commit}. Now:`);
      console.log(`  git push origin ${tagOf(version)}`);
      console.log(`  commit ${lockFile} by a pull request: it moves every rendered workflow to this release`);
    });
  program
    .command("commit <version>")
    .description("print the commit that a release of what is checked out has")
    .action(async (version: string) => console.log(await releaseCommit(root, version)));
  program
    .command("verify")
    .description("bundle the pinned release again and compare")
    .action(() => {
      const { version, commit } = verify(root);
      console.log(`${tagOf(version)}, ${commit}, is what its parent commit bundles to`);
    });
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

if (require.main === module) void main();
