/**
 * `sandbox/node sandbox/preview-change.ts --stack prod --accepted FOLDER --proposed FOLDER --event-log FILE` previews
 * what a change of the program changes, with no secret and no state: what is accepted is set up on a stand-in for
 * GitHub that lives as long as this runs, and the proposal is previewed on that. The real engine and plugins compare
 * the two; GitHub is not asked. Images are left out, as nothing is built, and so are services that what differs between
 * the two can't reach (core/engine/reach.ts); `--everything` leaves out none.
 *
 * Exit code 0: the log is of a whole preview; 1: the program fails, and the log, if there is one, says so.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parse, stringify } from "yaml";
import type { Reach, ServiceFolder } from "../core/engine";
import { engineEnvironment } from "../core/engine";
import { loadFleet } from "../services";
import { reachBetween } from "./changed-preview";
import { startGitHub } from "./github-api/index";
import { run } from "./run";

const namespace = "ghcr-platform";

interface Sides {
  readonly stack: string;
  /** Checkouts with their packages installed. */
  readonly accepted: string;
  readonly proposed: string;
  readonly eventLog: string;
  /** Also what the change can't reach. */
  readonly everything: boolean;
}

/** What is known of a side before its program runs. */
interface Side {
  readonly config: Readonly<Record<string, unknown>>;
  /** Undefined: its program doesn't say. */
  readonly elsewhere?: readonly ServiceFolder[];
}

/** @returns whether the proposal can be previewed */
async function previewChange(options: Sides): Promise<boolean> {
  const { stack, accepted, proposed, eventLog } = options;
  const token = `ghp_${randomBytes(18).toString("hex")}`;
  const before = await sideOf(accepted, stack);
  const after = await sideOf(proposed, stack).catch((error: unknown) => {
    // A declaration that is refused: the program would say the same.
    console.error(String(error));
    return undefined;
  });
  if (after === undefined) {
    writeFileSync(eventLog, `${JSON.stringify({ summaryEvent: { result: "failed" } })}\n`);
    return false;
  }
  const configs = { accepted: before.config, proposed: after.config };
  const reached = reachOfChange(options, before, after);
  const folder = mkdtempSync(join(tmpdir(), "preview-change-"));
  const owner = String(configs.accepted[`${namespace}:owner`] ?? configs.proposed[`${namespace}:owner`]);
  const github = await startGitHub({
    dataDir: join(folder, "github"),
    seed: {
      owners: [{ login: owner, type: "Organization", members: { engineer: "admin" } }],
      users: [{ login: "engineer" }],
      tokens: [{ token, login: "engineer", scopes: ["repo", "workflow", "delete_repo"] }],
    },
  });
  const fixed = {
    [`${namespace}:githubUrl`]: `${github.url}/`,
    [`${namespace}:githubWriteDelayMs`]: 0,
    [`${namespace}:githubParallelRequests`]: true,
    [`${namespace}:publish`]: "workflow",
  };
  const backend = {
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    // Encrypts placeholders only.
    PULUMI_CONFIG_PASSPHRASE: "preview",
  };
  const pulumi = (side: "accepted" | "proposed", args: readonly string[], env = {}): Promise<boolean> => {
    const root = side === "accepted" ? accepted : proposed;
    const config = join(folder, `Pulumi.${side}.yaml`);
    const made = parse(readFileSync(join(folder, `Pulumi.${stack}.yaml`), "utf8")) as object;
    writeFileSync(config, stringify({ ...made, config: { ...configs[side], ...fixed } }));
    return succeeds(root, [...args, "--stack", stack, "--config-file", config, "--non-interactive"], {
      GITHUB_TOKEN: token,
      ...backend,
      // Nothing that either run writes is kept: the update is as quick as a preview may be.
      ...engineEnvironment("preview", { nodeOptions: process.env["NODE_OPTIONS"] }),
      ...reached,
      ...env,
    });
  };
  try {
    await seedPlatform(`${github.url}/`, token, owner);
    mkdirSync(join(folder, "state"));
    // Beside the checkouts, whose configuration of the stack is encrypted with another key.
    copyFileSync(join(accepted, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    if (!(await succeeds(folder, ["stack", "init", stack, "--non-interactive"], backend))) return false;
    if (
      !(await pulumi("accepted", [
        "up",
        "--yes",
        "--skip-preview",
        "--suppress-progress",
        "--suppress-outputs",
      ]))
    ) {
      console.error("::warning::what is accepted can't be set up, so what it lacks shows as new");
    }
    return await pulumi("proposed", ["preview", "--event-log", eventLog], { PULUMI_DEBUG_COMMANDS: "true" });
  } finally {
    await github.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A side's own configuration, without what is encrypted; each side knows which secrets it declares. */
async function sideOf(root: string, stack: string): Promise<Side> {
  const printed = await run(join(root, "sandbox", "node"), [
    join(root, "sandbox", "preview-stack.ts"),
    stack,
  ]);
  return parse(printed) as Side;
}

/** The environment in which both programs declare what the change can reach, and nothing else. */
function reachOfChange(options: Sides, before: Side, after: Side): Readonly<Record<string, string>> {
  const services = reachBetweenSides(options, before, after);
  if (services === "everything") {
    console.error("what differs reaches every service");
    return {};
  }
  console.error(`what differs reaches ${services.length === 0 ? "no service" : services.join(", ")}`);
  // What is accepted is brought up in part, on a stack that ends with this run.
  return { GHCR_ONLY_SERVICES: services.join(","), GHCR_THROWAWAY_STACK: "true" };
}

function reachBetweenSides({ accepted, proposed, everything }: Sides, before: Side, after: Side): Reach {
  if (everything || before.elsewhere === undefined || after.elsewhere === undefined) return "everything";
  return reachBetween(accepted, proposed, [...before.elsewhere, ...after.elsewhere]);
}

/** The program takes its own repository over, so that is there before it runs. */
async function seedPlatform(url: string, token: string, owner: string): Promise<void> {
  const { platform } = loadFleet();
  if (platform.existing !== true) return;
  const answer = await fetch(new URL(`orgs/${owner}/repos`, url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ name: platform.name, private: platform.visibility !== "public", auto_init: true }),
  });
  if (answer.status !== 201) throw new Error(`the stand-in refused the repository: ${await answer.text()}`);
  const { defaultBranch = "main" } = platform;
  if (defaultBranch === "main") return;
  await fetch(new URL(`repos/${owner}/${platform.name}/branches/main/rename`, url), {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ new_name: defaultBranch }),
  });
}

/** Lets the engine print what it does; its words are the job's log. */
function succeeds(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<boolean> {
  return new Promise((done, failed) => {
    const child = spawn("pulumi", args, {
      cwd,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true", ...env },
    });
    child.on("error", failed);
    child.on("close", (code) => done(code === 0));
  });
}

if (require.main === module) {
  const { values } = parseArgs({
    options: {
      stack: { type: "string" },
      accepted: { type: "string" },
      proposed: { type: "string" },
      "event-log": { type: "string" },
      everything: { type: "boolean", default: false },
    },
  });
  const { stack, accepted, proposed, "event-log": eventLog, everything } = values;
  if (stack === undefined || accepted === undefined || proposed === undefined || eventLog === undefined) {
    throw new Error("needs --stack, --accepted, --proposed and --event-log");
  }
  void previewChange({
    stack,
    accepted: resolve(accepted),
    proposed: resolve(proposed),
    eventLog: resolve(eventLog),
    everything,
  }).then((ok) => {
    process.exitCode = ok ? 0 : 1;
  });
}
