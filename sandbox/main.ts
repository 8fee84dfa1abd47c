/** The sandbox's commands; the Makefile's targets of the same names call them. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Command, Option } from "commander";
import { preflightFaults } from "../clients/preflight";
import { openRegistry } from "../clients/registry";
import { PlatformError } from "../core/errors";
import { resolveFleet, secretValueKeys, type Fleet } from "../core/fleet";
import { loadFleet } from "../services";
import { changedPreview } from "./changed-preview";
import { engineLines } from "./engine-lines";
import { showOwner } from "./github-api/show";
import { terminalProgress } from "./progress";
import { push, pushedLines } from "./push";
import { readAccess, startSandbox, stopSandbox, type Sandbox } from "./sandbox";
import { SandboxStack } from "./stack";
import { printSummary } from "./summary";
import { cacheFolder, printDoctor, resolveToolchain, type Toolchain } from "./toolchain";
import { dryEvents, dryRunHelp, publishDry } from "./workflow/publish-dry";

const root = join(__dirname, "..");
const dir = join(root, ".sandbox");
const progress = terminalProgress();

/** Everything that an engine run needs: tools, daemons, a stack, and a token that GitHub lets in. */
async function bringUp(): Promise<{
  sandbox: Sandbox;
  stack: SandboxStack;
  fleet: Fleet;
  toolchain: Toolchain;
}> {
  // First, so that a wrong declaration is told before minutes go into building tools.
  const declared = loadFleet();
  const fleet = resolveFleet(declared);
  const toolchain = await resolveToolchain({ root, progress });
  const sandbox = await startSandbox({ root, dir, toolchain, progress, platform: declared.platform });
  const stack = stackOf(sandbox, fleet);
  await progress.step("stack and its configuration", { typical: "6 s when new" }, () => stack.prepare());
  const faults = await preflightFaults({
    githubUrl: sandbox.github.url,
    token: sandbox.github.token,
    owner: sandbox.owner.login,
    repository: fleet.platform.name,
    registry: sandbox.registry,
  });
  if (faults.length > 0) throw new PlatformError(faults);
  return { sandbox, stack, fleet, toolchain };
}

function stackOf({ env, config, secretConfig }: Sandbox, { services }: Fleet): SandboxStack {
  const secrets = Object.fromEntries(services.map((service) => [service.name, secretValueKeys(service)]));
  return new SandboxStack({ root, dir, env, config, secretConfig, secrets });
}

async function up(): Promise<void> {
  const { sandbox, stack } = await bringUp();
  await progress.step("pulumi up", { typical: "1 min when new, 10 s after" }, async () => {
    const lines = engineLines((text) => process.stderr.write(text));
    const args = ["--yes", "--skip-preview", "--suppress-outputs", "--suppress-progress"];
    const { code } = await stack.run("up", args, (chunk) => lines.add(chunk));
    lines.end();
    succeed(code);
  });
  await printSummary(sandbox, stack);
}

async function preview({ since }: { since?: string }): Promise<void> {
  const { stack, fleet } = await bringUp();
  const change =
    since === undefined
      ? undefined
      : changedPreview(root, fleet, since, { stack: stack.name, project: "ghcr-platform" });
  if (change !== undefined) console.error(`what changed since ${since} reaches: ${named(change.services)}`);
  else if (since !== undefined) console.error(`what changed since ${since} reaches every service`);
  const print = (chunk: Buffer): void => void process.stdout.write(chunk);
  const { code } =
    change === undefined
      ? await stack.run("preview", ["--diff"], print)
      : await stack.previewChange(change, ["--diff"], print);
  succeed(code);
}

function named(services: readonly string[]): string {
  return services.length === 0 ? "no service" : services.join(", ");
}

async function publish(options: { service: string; kind: "release" | "development" }): Promise<void> {
  const { sandbox, fleet } = await bringUp();
  for (const line of pushedLines(await push({ root, sandbox, fleet, progress, ...options })))
    console.log(line);
}

async function dryRun(options: {
  service: string;
  event: (typeof dryEvents)[number];
  tag?: string;
  json?: true;
}): Promise<void> {
  const { sandbox, fleet, toolchain } = await bringUp();
  const succeeded = await publishDry({ root, sandbox, toolchain, progress, fleet, ...options });
  if (!succeeded) process.exitCode = 1;
}

async function outputs(): Promise<void> {
  const toolchain = await resolveToolchain({ root, progress });
  const stack = new SandboxStack({ root, dir, env: toolchain.env(), config: {}, secrets: {} });
  if (!stack.exists()) throw nothingThere();
  console.log(JSON.stringify(await stack.outputs(), undefined, 2));
}

async function show(options: { json?: boolean }): Promise<void> {
  const access = readAccess(dir);
  if (access === undefined) throw nothingThere();
  await showOwner({ ...access, storage: openRegistry(access.storage), ...options });
}

async function doctor(options: { json?: boolean }): Promise<void> {
  printDoctor(await resolveToolchain({ root, progress }), options);
}

async function down(): Promise<void> {
  const stopped = await stopSandbox(dir);
  console.error(stopped.length > 0 ? `stopped: ${stopped.join(", ")}` : "nothing was running");
  console.error("The sandbox and its data are gone. Tools stay cached; `make clean` removes those too.");
}

async function clean(): Promise<void> {
  await down();
  rmSync(cacheFolder(), { recursive: true, force: true });
  console.error(`removed ${cacheFolder()}`);
}

function nothingThere(): PlatformError {
  return new PlatformError({
    code: "no-sandbox",
    where: ".sandbox",
    problem: "there is no sandbox yet",
    fix: "make up",
  });
}

function succeed(code: number): void {
  if (code === 0) return;
  throw new PlatformError({
    code: "engine-failed",
    where: "pulumi",
    problem: `stopped with exit code ${code}; what it printed above says why`,
    fix: "mend that and run it again: what was made so far is in the state, and is gone on with",
  });
}

async function main(): Promise<void> {
  const program = new Command("sandbox").description(
    "The platform on one machine, GitHub itself standing in",
  );
  program.command("up").description("set everything up and publish the services").action(up);
  program
    .command("preview")
    .description("show what `up` would change")
    .option("--since <commit>", "only of the services that a change since then can reach")
    .action(preview);
  program.command("outputs").description("print the stack's outputs as JSON").action(outputs);
  program
    .command("push")
    .description("publish one service from the checkout")
    .requiredOption("--service <name>", "the service")
    .addOption(new Option("--kind <kind>").choices(["release", "development"]).makeOptionMandatory())
    .action(publish);
  program
    .command("publish-dry")
    .description("run the rendered container-publish.yml with what is checked out")
    .requiredOption("--service <name>", "the service")
    .addOption(new Option("--event <name>", "what happened").choices(dryEvents).makeOptionMandatory())
    .option("--tag <tag>", "the tag that is pushed, e.g. v1.2.3")
    .option("--json", "print the result as one line of JSON")
    .addHelpText("after", dryRunHelp)
    .action(dryRun);
  program
    .command("show")
    .description("print what repositories and packages hold")
    .option("--json")
    .action(show);
  program.command("doctor").description("say which tools are used").option("--json").action(doctor);
  program.command("down").description("stop the sandbox and delete its data").action(down);
  program.command("clean").description("down, and remove the cached tools").action(clean);
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    console.error(`\n${error.message}`);
    process.exitCode = 1;
  }
}

void main();
