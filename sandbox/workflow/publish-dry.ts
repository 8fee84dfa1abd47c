/**
 * `make publish-dry`: what `container-publish.yml` would do with the checked-out commit at an event, by running the
 * rendered file itself. It pushes to the sandbox's registry, so what it tags can be looked at.
 */
import { execFileSync } from "node:child_process";
import pc from "picocolors";
import { PlatformError } from "../../core/errors";
import type { Fleet } from "../../core/fleet";
import type { Progress } from "../progress";
import type { Sandbox } from "../sandbox";
import type { Toolchain } from "../toolchain";
import { push, pushOfTag, type RunEvent } from "./events";
import type { WorkflowResult } from "./run-workflow";
import { Stage } from "./stage";
import { standIns } from "./stand-ins";

export const dryEvents = ["main", "tag", "pull-request", "fork"] as const;

export interface DryRunOptions {
  readonly root: string;
  readonly sandbox: Sandbox;
  readonly toolchain: Toolchain;
  readonly progress: Progress;
  readonly fleet: Fleet;
  readonly service: string;
  readonly event: (typeof dryEvents)[number];
  /** The tag that is pushed. @default the release tag at HEAD, else a pre-release of nothing, `v0.0.0-dry.g<7>` */
  readonly tag?: string;
  readonly json?: boolean;
}

/** Runs and reports; false where the workflow failed. */
export async function publishDry(options: DryRunOptions): Promise<boolean> {
  const { root, fleet, service, json = false } = options;
  const services = fleet.services.filter(({ shared }) => shared);
  if (!services.some(({ name }) => name === service)) {
    const known = services.map(({ name }) => name).join(", ");
    throw new PlatformError({
      code: "unknown-service",
      where: "SERVICE",
      problem: `no service of that name is published from this repository; there are ${known}`,
      got: service,
      fix: `make publish-dry SERVICE=${services[0]?.name ?? "<name>"} EVENT=${options.event}`,
    });
  }
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", root, ...args], { encoding: "utf8" }).trim();
  if (git("status", "--porcelain") !== "")
    options.progress.note("what no commit holds is not part of the run");
  const only = { ...fleet, services: services.filter(({ name }) => name === service) };
  const stage = await Stage.open({ ...options, fleet: only, source: root });
  try {
    const event = eventOf(options, stage, git);
    const result = await stage.run(event, "container-publish.yml", (job, line) =>
      console.error(`${pc.dim(job)}  ${line}`),
    );
    if (json) console.log(JSON.stringify(asJson(event, result)));
    else for (const line of report(event, result)) console.log(line);
    return result.succeeded;
  } finally {
    await stage.close();
  }
}

function eventOf(
  { event, tag }: DryRunOptions,
  stage: Stage,
  git: (...args: readonly string[]) => string,
): RunEvent {
  const head = git("rev-parse", "HEAD");
  if (event === "main") return push("main", head);
  if (event === "tag") {
    const [release] = git("tag", "--points-at", "HEAD", "--list", "v*.*.*").split("\n");
    return pushOfTag(tag ?? (release || `v0.0.0-dry.g${head.slice(0, 7)}`), head);
  }
  const [, base = head] = git("rev-list", "--max-count=2", "HEAD").split("\n");
  return stage.pullRequest({ number: 1, base, head, fork: event === "fork" });
}

function asJson(event: RunEvent, { succeeded, jobs, summaries }: WorkflowResult) {
  const { name, ref, sha } = event;
  return { event: name, ref, sha, succeeded, jobs: Object.fromEntries(jobs), summaries };
}

function report({ name, ref, sha }: RunEvent, { succeeded, jobs, summaries }: WorkflowResult): string[] {
  return [
    `${name} of ${ref} at ${sha.slice(0, 7)}: ${succeeded ? "succeeded" : "failed"}`,
    ...[...jobs].map(([job, result]) => `  ${result === "success" ? "✓" : "✗"} ${job}`),
    ...summaries.flatMap((summary) => ["", summary.trimEnd()]),
  ];
}

export const dryRunHelp = `
Runs the rendered container-publish.yml with act: its jobs, matrices, conditions, scripts and the bundled ghcr command
are the real ones, and so are builder and registry. What it publishes is in the sandbox's registry afterwards.

Not emulated by act: permissions (every job may say who it is), concurrency, environments. Every job runs on this machine,
another architecture's container by an emulator. GitHub's identity tokens and Sigstore have a stand-in that lasts as long as
the run: cosign signs and verifies as it does on GitHub. Actions of others have stand-ins here:
${Object.entries(standIns)
  .map(([name, { instead }]) => `  ${name.padEnd(28)} ${instead}`)
  .join("\n")}`;
