/**
 * Production, step by step. Each step looks at what is there and acts only on what is missing, so all of them can
 * be run again at any time; with `dryRun` they look and change nothing.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import {
  createRepository,
  readFolder,
  readOwner,
  readRepository,
  type OwnerAccount,
  type SetupAccess,
} from "../../clients/setup";
import { PlatformError } from "../../core/errors";
import type { Machine } from "../machine";
import { readKey, rights } from "./rights";

export interface Setup {
  readonly access: SetupAccess;
  readonly owner: string;
  /** Name of the platform's own repository. */
  readonly repository: string;
  readonly visibility: "public" | "private";
  readonly stack: string;
  /** URL of Pulumi's state backend. Undefined: whatever `pulumi` is signed in to. */
  readonly backend: string | undefined;
  /** What encrypts secrets in the state. Undefined: the backend's own. */
  readonly secretsProvider: string | undefined;
  /** The GitHub App that `pulumi up` signs in as; undefined: a token. */
  readonly app:
    { readonly id: string; readonly installationId: string; readonly keyFile: string } | undefined;
  readonly dryRun: boolean;
}

export interface StepResult {
  readonly title: string;
  /** `there` was done before, `done` is done now, `would` a dry run leaves, `needed` only a person can do. */
  readonly state: "there" | "done" | "would" | "needed";
  readonly detail: string;
}

export type Result = Omit<StepResult, "title">;

/** Runs every step and tells of each as it ends. Stops at the first that can't go on. */
export async function initialise(
  root: string,
  setup: Setup,
  machine: Machine,
  tell: (result: StepResult) => void,
): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  const step = async (title: string, run: () => Promise<Result> | Result): Promise<void> => {
    const result = { title, ...(await run()) };
    results.push(result);
    tell(result);
  };
  const owner = await readOwner(setup.access, setup.owner);
  const pulumi = new Pulumi(root, setup, machine);
  await step("owner", () => ({
    state: "there",
    detail: `${owner.login}, ${owner.type === "User" ? "a user account" : "an organization"}`,
  }));
  await step("rights", () => rights(setup, owner));
  await step("repository", () => repository(root, setup, owner, machine));
  await step("state backend", () => backend(root, setup));
  await step("stack", () => pulumi.stackIsThere());
  for (const [key, value] of configuration(setup, owner)) {
    await step(`configuration ${key}`, () => pulumi.configIsSet(key, value));
  }
  if (setup.app !== undefined)
    await step("configuration githubAppKey", () => pulumi.appKeyIsSet(setup.app?.keyFile ?? ""));
  await step("workflows", () => workflows(setup, owner));
  return results;
}

async function repository(
  root: string,
  { access, repository: name, visibility, dryRun }: Setup,
  owner: OwnerAccount,
  machine: Machine,
): Promise<Result> {
  const full = `${owner.login}/${name}`;
  const found = await readRepository(access, owner.login, name);
  if (found === undefined && dryRun) return { state: "would", detail: `make ${full} and push this checkout` };
  const there = found ?? (await createRepository(access, owner, { name, visibility }));
  const git = (...args: string[]) =>
    machine.run({ command: ["git", ...args], cwd: root, env: authorized(access.token) });
  const heads = await git("ls-remote", "--heads", there.cloneUrl);
  if (heads.code !== 0) throw failed("git ls-remote", heads.output);
  if (heads.stdout.trim() !== "") return { state: "there", detail: full };
  if (dryRun) return { state: "would", detail: `push this checkout to ${full}` };
  const pushed = await git("push", "--quiet", there.cloneUrl, `HEAD:refs/heads/${there.defaultBranch}`);
  if (pushed.code !== 0) throw failed("git push", pushed.output);
  return { state: "done", detail: `${full}, with this checkout on ${there.defaultBranch}` };
}

/** In the environment, not in an argument, which every user of the machine may list. */
function authorized(token: string): Record<string, string> {
  return {
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
  };
}

/** In Pulumi.yaml, so that everyone who works on the platform uses the same one; comments there stay. */
function backend(root: string, { backend: url, dryRun }: Setup): Result {
  const file = join(root, "Pulumi.yaml");
  const document = parseDocument(readFileSync(file, "utf8"));
  const there = document.getIn(["backend", "url"]);
  if (url === undefined) {
    return {
      state: "there",
      detail:
        there === undefined ? "what `pulumi login` signed in to; --backend names one for all" : String(there),
    };
  }
  if (there === url) return { state: "there", detail: url };
  if (there !== undefined) {
    throw new PlatformError({
      code: "other-backend",
      where: "Pulumi.yaml: backend.url",
      problem: "names another backend, whose state would be left behind",
      got: String(there),
      fix: "leave --backend out; to move: pulumi stack export, change the URL, pulumi stack import",
    });
  }
  if (dryRun) return { state: "would", detail: `write ${url} to Pulumi.yaml` };
  document.setIn(["backend", "url"], url);
  writeFileSync(file, document.toString({ lineWidth: 0, flowCollectionPadding: false }));
  return { state: "done", detail: url };
}

function configuration({ access, app }: Setup, owner: OwnerAccount): readonly (readonly [string, string])[] {
  const githubCom = new URL(access.githubUrl).host === "api.github.com";
  return [
    ["owner", owner.login],
    ...(githubCom ? [] : [["githubUrl", access.githubUrl] as const]),
    ...(app === undefined
      ? []
      : [["githubAppId", app.id] as const, ["githubAppInstallationId", app.installationId] as const]),
  ];
}

async function workflows({ access, repository, stack, dryRun }: Setup, owner: OwnerAccount): Promise<Result> {
  const files = await readFolder(access, owner.login, repository, ".github/workflows");
  const up = `pulumi up --stack ${stack} --policy-pack policy/ghcr-policy`;
  return files.length > 0
    ? { state: "there", detail: files.join(", ") }
    : { state: dryRun ? "would" : "needed", detail: `come with the first update: ${up}` };
}

/** The engine's commands on one stack. */
class Pulumi {
  constructor(
    private readonly root: string,
    private readonly setup: Setup,
    private readonly machine: Machine,
  ) {}

  async stackIsThere(): Promise<Result> {
    const { stack, secretsProvider, dryRun } = this.setup;
    // A backend that only would be written can't be asked.
    const { code, output } = await this.run(["stack", "ls", "--json"]);
    if (code !== 0 && !dryRun) throw failed("pulumi stack ls", output);
    if (code === 0 && stackNames(output).includes(stack)) return { state: "there", detail: stack };
    if (dryRun) return { state: "would", detail: `make ${stack}` };
    const provider = secretsProvider === undefined ? [] : ["--secrets-provider", secretsProvider];
    const made = await this.run(["stack", "init", stack, ...provider]);
    if (made.code !== 0) throw failed("pulumi stack init", made.output);
    return {
      state: "done",
      detail: secretsProvider === undefined ? stack : `${stack}, secrets by ${secretsProvider}`,
    };
  }

  async configIsSet(key: string, value: string): Promise<Result> {
    const there = this.written(key);
    if (there === value) return { state: "there", detail: value };
    if (this.setup.dryRun) return { state: "would", detail: value };
    const { code, output } = await this.run(["config", "set", key, value, "--stack", this.setup.stack]);
    if (code !== 0) throw failed(`pulumi config set ${key}`, output);
    return { state: "done", detail: there === undefined ? value : `${value} (was ${String(there)})` };
  }

  /** On standard input: never an argument. Once it is there it is taken to be right; only its owner can tell. */
  async appKeyIsSet(keyFile: string): Promise<Result> {
    if (this.written("githubAppKey") !== undefined) return { state: "there", detail: "encrypted" };
    const key = readKey(keyFile);
    if (this.setup.dryRun) return { state: "would", detail: "encrypted" };
    const { code, output } = await this.run(
      ["config", "set", "--secret", "githubAppKey", "--stack", this.setup.stack],
      key,
    );
    if (code !== 0) throw failed("pulumi config set githubAppKey", output);
    return { state: "done", detail: "encrypted" };
  }

  /** A value as the stack's file has it; an object where it is encrypted. */
  private written(key: string): unknown {
    const file = join(this.root, `Pulumi.${this.setup.stack}.yaml`);
    if (!existsSync(file)) return undefined;
    const value: unknown = parseDocument(readFileSync(file, "utf8")).getIn([
      "config",
      `ghcr-platform:${key}`,
    ]);
    return typeof value === "number" ? String(value) : value;
  }

  private run(args: readonly string[], input?: string) {
    return this.machine.run({
      command: ["pulumi", ...args, "--non-interactive"],
      cwd: this.root,
      env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
      ...(input === undefined ? {} : { input }),
    });
  }
}

function stackNames(json: string): readonly string[] {
  // Warnings of the engine may stand before it.
  const list = JSON.parse(json.slice(json.search(/^\[/m))) as { name: string }[];
  return list.map(({ name }) => name.split("/").at(-1) ?? name);
}

function failed(what: string, output: string): PlatformError {
  return new PlatformError({
    code: "step-failed",
    where: what,
    problem: `failed:\n${output.trim()}`,
    fix: "mend that and run it again: what is done stays done",
  });
}
