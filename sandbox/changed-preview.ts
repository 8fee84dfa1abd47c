/** What a preview looks at that is to show a change alone. */
import { execFileSync } from "node:child_process";
import { reachOf } from "../core/engine";
import { PlatformError } from "../core/errors";
import type { Fleet } from "../core/fleet";

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
  const elsewhere = fleet.services.filter(({ shared, name, path }) => shared && path !== `services/${name}`);
  const services = reachOf(filesSince(root, since), elsewhere);
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
