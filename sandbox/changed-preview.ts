/** What a preview looks at that is to show a change alone. */
import { execFileSync } from "node:child_process";
import { reachOf, type Reach, type ServiceFolder } from "../core/engine";
import { PlatformError } from "../core/errors";
import type { Fleet, Service } from "../core/fleet";

/** Arguments and environment of the engine's preview; undefined: the change reaches everything. */
export interface ChangedPreview {
  readonly services: readonly string[];
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * @param since a commit or branch; what differs from it in the checkout, committed or not, is the change
 * @param names of the stack and its project, for the targets' URNs, and of the group that the stack declares
 * @throws PlatformError `unknown-commit`
 */
export function changedPreview(
  root: string,
  fleet: Fleet,
  since: string,
  names: { readonly stack: string; readonly project: string; readonly group?: string },
): ChangedPreview | undefined {
  const services = reachOf(filesSince(root, since), foldersElsewhere(fleet.services));
  if (services === "everything") return undefined;
  const urn = (type: string, name: string) => `urn:pulumi:${names.stack}::${names.project}::${type}::${name}`;
  // What is not declared in this run is no target, so it doesn't show as deleted. A service in the platform's
  // repository is named in that repository's workflow, which is declared in any case.
  const targets = [
    ...services.map((name) => urn("ghcr-platform:index:ContainerService", name)),
    ...(names.group === undefined ? [urn("ghcr-platform:index:RepositoryAutomation", "platform")] : []),
  ];
  return {
    services,
    args: [...targets.flatMap((target) => ["--target", target]), "--target-dependents"],
    env: { GHCR_ONLY_SERVICES: services.join(",") },
  };
}

/** Services of the program's own repository whose folder is not `services/<name>`. */
export function foldersElsewhere(services: readonly Service[]): readonly ServiceFolder[] {
  return services
    .filter(({ shared, name, path }) => shared && path !== `services/${name}`)
    .map(({ name, path }) => ({ name, path }));
}

/**
 * What differs between the commits of two checkouts, whose histories needn't meet.
 * @param elsewhere of both sides
 * @returns everything where a side is no checkout, or has changes that are in no commit
 */
export function reachBetween(accepted: string, proposed: string, elsewhere: readonly ServiceFolder[]): Reach {
  try {
    const [before, after] = [committedFiles(accepted), committedFiles(proposed)];
    const files = [...new Set([...before.keys(), ...after.keys()])];
    return reachOf(
      files.filter((file) => before.get(file) !== after.get(file)),
      elsewhere,
    );
  } catch {
    return "everything";
  }
}

/** Mode and content's hash of each file. @throws Error where the folder holds something else than its commit */
function committedFiles(folder: string): ReadonlyMap<string, string> {
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", folder, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 1 << 28,
    });
  if (git("rev-parse", "--show-prefix").trim() !== "") throw new Error("not the top of a checkout");
  if (git("status", "--porcelain") !== "") throw new Error("holds something else than its commit");
  const lines = git("ls-tree", "-r", "-z", "HEAD").split("\0");
  return new Map(
    lines.filter(Boolean).map((line) => {
      const tab = line.indexOf("\t");
      return [line.slice(tab + 1), line.slice(0, tab)];
    }),
  );
}

function filesSince(root: string, since: string): readonly string[] {
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", root, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  try {
    git("rev-parse", "--verify", "--quiet", "--end-of-options", `${since}^{commit}`);
  } catch {
    throw new PlatformError({
      code: "unknown-commit",
      where: "SINCE",
      problem: "git knows no such commit or branch here",
      got: since,
      fix: "name a commit or branch that this checkout has, e.g. SINCE=main",
    });
  }
  // The merge base: what the other side did since is no part of this change.
  const base = git("merge-base", since, "HEAD").trim();
  return [
    ...git("diff", "--name-only", "--no-renames", "-z", base).split("\0"),
    ...git("ls-files", "--others", "--exclude-standard", "-z").split("\0"),
  ].filter((file) => file !== "");
}
