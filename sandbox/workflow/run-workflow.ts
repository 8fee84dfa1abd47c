/**
 * Runs a rendered workflow on this machine with act, every job on the machine itself. Real: the jobs, their order,
 * matrices, conditions and outputs, every script, the `ghcr` command as the action puts it on the path, builder and
 * registry. Not emulated by act: permissions, concurrency, environments. The actions of others have stand-ins.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { action, githubRunners } from "../../core/workflow";
import type { RunEvent } from "./events";
import { ActLog } from "./act-log";
import { writeStandIns } from "./stand-ins";

export interface WorkflowRun {
  /** Path of act. */
  readonly act: string;
  /** Name of the workflow's file. */
  readonly file: string;
  /** The rendered file's text. */
  readonly workflow: string;
  readonly event: RunEvent;
  /** `<owner>/<name>` of the repository that the workflow is in. */
  readonly repository: string;
  /** Folder of bare clones, `<owner>/<name>.git`. */
  readonly repositories: string;
  /** The platform's release that the workflow is pinned to, and the folder that stands for its commit. */
  readonly release: { readonly repository: string; readonly commit: string; readonly folder: string };
  readonly github: { readonly url: string; readonly token: string };
  /** BuildKit's address. @default none: nothing is built */
  readonly builder?: string;
  readonly actor: string;
  /** What the run finds on its path before the machine's own. */
  readonly path: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the workflow finds under `secrets`, each one line, besides GITHUB_TOKEN. @default none */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Each line of a job's log, as it comes. */
  readonly onLine?: (job: string, line: string) => void;
}

export interface WorkflowResult {
  readonly succeeded: boolean;
  /** By the name of the job, with its matrix' values; what was skipped is not in it. */
  readonly jobs: ReadonlyMap<string, "success" | "failure">;
  /** All that the jobs printed. */
  readonly log: string;
  /** What the jobs wrote to their summaries, in the order in which they ended. */
  readonly summaries: readonly string[];
}

/** Where a run finds its repository's pages, without a slash at its end: `github.server_url`. */
export function serverOf(github: { readonly url: string }): string {
  return github.url.replace(/\/$/, "");
}

export async function runWorkflow(run: WorkflowRun): Promise<WorkflowResult> {
  const folder = mkdtempSync(join(tmpdir(), "ghcr-workflow-"));
  try {
    return await runIn(folder, run);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runIn(folder: string, run: WorkflowRun): Promise<WorkflowResult> {
  const { event, release, github } = run;
  for (const name of ["workspace", "home", "artifacts"]) mkdirSync(join(folder, name));
  // act asks the folder that it runs in which commit it is at.
  const git = (...args: readonly string[]) => execFileSync("git", ["-C", join(folder, "workspace"), ...args]);
  git("init", "--quiet");
  git(
    "fetch",
    "--quiet",
    "--depth=1",
    `file://${join(run.repositories, `${run.repository}.git`)}`,
    event.sha,
  );
  git("update-ref", "--no-deref", "HEAD", "FETCH_HEAD");
  const standIn = join(folder, "stand-in");
  await writeStandIn(standIn);
  writeShell(join(folder, "shell"));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const actions = [
    ...[...writeStandIns(join(folder, "actions"))].map(([name, at]) => {
      return `${name}@${action(name).commit}=${at}`;
    }),
    `${release.repository}@${release.commit}=${release.folder}`,
  ];
  const context = {
    GITHUB_REPOSITORY: run.repository,
    GITHUB_REPOSITORY_OWNER: run.repository.split("/")[0] ?? "",
    GITHUB_REF: event.ref,
    GITHUB_SHA: event.sha,
    GITHUB_WORKFLOW_REF: `${run.repository}/.github/workflows/${run.file}@${event.ref}`,
    GITHUB_SERVER_URL: serverOf(github),
    GITHUB_API_URL: new URL("api/v3", github.url).href,
    GITHUB_RUN_ID: "1",
  };
  const args = [
    ...[event.name, "--json", "--no-recurse", "--no-skip-checkout", "--no-cache-server"],
    ...["--workflows", file("workflow.yml", run.workflow)],
    ...["--eventpath", file("event.json", JSON.stringify(event.payload))],
    // Not as an argument: every user of the machine could read it there.
    ...["--secret-file", file("secrets", secretLines({ ...run.secrets, GITHUB_TOKEN: github.token }))],
    ...["--env-file", file("env", ""), "--var-file", file("vars", ""), "--input-file", file("inputs", "")],
    ...["--directory", join(folder, "workspace"), "--action-cache-path", join(folder, "act")],
    ...["--actor", run.actor, "--defaultbranch", "main"],
    ...Object.values(githubRunners).flatMap((runner) => ["--platform", `${runner}=-self-hosted`]),
    ...actions.flatMap((each) => ["--local-repository", each]),
    ...Object.entries(context).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
  ];
  const env = {
    PATH: [join(folder, "shell"), ...run.path, process.env["PATH"] ?? ""].join(delimiter),
    HOME: join(folder, "home"),
    DOCKER_CONFIG: join(folder, "home", ".docker"),
    ...(run.builder === undefined ? {} : { BUILDKIT_HOST: run.builder }),
    GHCR_STAND_IN: standIn,
    GHCR_STAND_IN_REPOSITORIES: run.repositories,
    GHCR_STAND_IN_ARTIFACTS: join(folder, "artifacts"),
    ...run.env,
  };
  const log = new ActLog();
  const child = spawn(run.act, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const take = (text: string) => {
    const said = log.take(text);
    if (said !== undefined) run.onLine?.(said.job, said.line);
  };
  createInterface({ input: child.stdout }).on("line", take);
  createInterface({ input: child.stderr }).on("line", take);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const { lines, summaries } = log;
  return { succeeded: code === 0, jobs: log.jobs(), log: lines.join("\n"), summaries };
}

function secretLines(secrets: Readonly<Record<string, string>>): string {
  return Object.entries(secrets)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/**
 * The shell of the steps. act drops what it hasn't read of a step's output once the step has failed
 * (pkg/container/host_environment.go, exec), and that is where a step says why: a failing one ends a moment later.
 */
function writeShell(folder: string): void {
  const waits = '[ "$code" -eq 0 ] || sleep 0.5';
  const script = `#!/bin/sh\ncommand -p bash "$@"\ncode=$?\n${waits}\nexit "$code"\n`;
  mkdirSync(folder);
  writeFileSync(join(folder, "bash"), script, { mode: 0o755 });
}

/** One file without imports to look for: each step of a run starts it anew. */
async function writeStandIn(program: string): Promise<void> {
  const script = `${program}.cjs`;
  const entryPoints = [join(__dirname, "stand-in.ts")];
  await build({ entryPoints, outfile: script, bundle: true, platform: "node", format: "cjs" });
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`, { mode: 0o755 });
}
