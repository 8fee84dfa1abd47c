/**
 * The sandbox's Pulumi stack: a local file backend, a generated configuration, and the engine's commands. The
 * committed `Pulumi.sandbox.yaml` is copied and completed outside of the checkout's tracked files, so that
 * bringing the sandbox up leaves the checkout clean.
 */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { engineEnvironment, partOfState, type EngineOperation } from "../core/engine";
import type { ChangedPreview } from "./changed-preview";
import { readSecretFile } from "./secret-file";

export interface StackOptions {
  /** Top of the checkout, where the program is. */
  readonly root: string;
  /** The sandbox's folder; the stack lives in `state/` and `project/` of it. */
  readonly dir: string;
  /** @default `sandbox` */
  readonly name?: string;
  /** Environment of the engine: toolchain, token, builder. */
  readonly env: Readonly<Record<string, string>>;
  /** Configuration on top of `Pulumi.sandbox.yaml`: addresses of what runs. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The same for what is kept encrypted. @default none */
  readonly secretConfig?: Readonly<Record<string, string>>;
  /** Names of the secrets that the services declare, by service; values are made up once. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
}

/** Gets what the engine prints as it comes, and the means to stop it. */
export type Print = (chunk: Buffer, kill: (signal: NodeJS.Signals) => void) => void;

/** What an engine run left: its exit code and everything it printed. */
export interface EngineRun {
  readonly code: number;
  readonly stdout: string;
  /** Both streams, as they came. */
  readonly output: string;
}

/** Counts of what the last update did, as the engine recorded them, e.g. `{create: 12, same: 3}`. */
export type ResourceChanges = Readonly<Record<string, number>>;

export class SandboxStack {
  readonly name: string;
  readonly configFile: string;
  private readonly project: string;
  private readonly env: NodeJS.ProcessEnv;

  constructor(private readonly options: StackOptions) {
    this.name = options.name ?? "sandbox";
    this.project = join(options.dir, "project");
    this.configFile = join(this.project, `Pulumi.${this.name}.yaml`);
    const passphrase = join(options.dir, "secrets", "passphrase");
    readSecretFile(passphrase, () => randomBytes(24).toString("base64url"));
    this.env = {
      ...process.env,
      ...options.env,
      PULUMI_BACKEND_URL: backendUrl(join(options.dir, "state")),
      PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
    };
  }

  /** Makes the stack if it isn't there, and brings its configuration up to date. Can be run again at any time. */
  async prepare(): Promise<void> {
    mkdirSync(join(this.options.dir, "state"), { recursive: true });
    mkdirSync(this.project, { recursive: true });
    copyFileSync(join(this.options.root, "Pulumi.yaml"), join(this.project, "Pulumi.yaml"));
    this.dropDeadLocks();
    if (!this.exists()) await this.must(["stack", "init", this.name]);
    this.writeConfig();
    await this.setSecrets();
  }

  exists(): boolean {
    return existsSync(
      join(this.options.dir, "state", ".pulumi", "stacks", "ghcr-platform", `${this.name}.json`),
    );
  }

  /** Runs one of the engine's operations on the program. DEBUG=1 in the environment shows an exception's frames. */
  run(
    operation: EngineOperation,
    args: readonly string[],
    print?: Print,
    env: Readonly<Record<string, string>> = {},
  ): Promise<EngineRun> {
    // What no service may switch off holds here as it does in production.
    const policies =
      operation === "preview" || operation === "up" ? ["--policy-pack", "policy/ghcr-policy"] : [];
    return this.pulumi(
      this.options.root,
      [
        operation,
        ...["--stack", this.name, "--config-file", this.configFile, "--non-interactive"],
        ...policies,
        ...args,
      ],
      {
        ...engineEnvironment(operation, {
          debug: Boolean(this.env["DEBUG"]),
          nodeOptions: this.env["NODE_OPTIONS"],
        }),
        ...env,
      },
      print,
    );
  }

  /**
   * A preview of some services alone. It reads a copy of their part of the state: the engine would go through all that
   * the stack holds, and the policy pack too.
   * @param change what it looks at, with its arguments for the engine
   */
  async previewChange(
    { services, args, env }: ChangedPreview,
    more: readonly string[] = [],
    print?: Print,
  ): Promise<EngineRun> {
    const folder = mkdtempSync(join(this.options.dir, "part-"));
    try {
      const stacks = join(".pulumi", "stacks", "ghcr-platform");
      mkdirSync(join(folder, stacks), { recursive: true });
      writeFileSync(join(folder, ".pulumi", "meta.yaml"), "version: 1\n");
      const file = join(stacks, `${this.name}.json`);
      const whole = readFileSync(join(this.options.dir, "state", file), "utf8");
      writeFileSync(join(folder, file), partOfState(whole, services), { mode: 0o600 });
      const backend = { PULUMI_BACKEND_URL: backendUrl(folder) };
      return await this.run("preview", [...more, ...args], print, { ...env, ...backend });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** What a command of the engine needs to find this stack's backend and to read its secrets. */
  engineEnv(): Readonly<Record<string, string | undefined>> {
    return this.env;
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.must(["stack", "output", "--json", "--stack", this.name])) as Record<
      string,
      unknown
    >;
  }

  async lastChanges(): Promise<ResourceChanges> {
    const history = JSON.parse(
      await this.must(["stack", "history", "--json", "--page-size", "1", "--stack", this.name]),
    ) as { resourceChanges?: ResourceChanges }[];
    return history[0]?.resourceChanges ?? {};
  }

  /** Resources in the state by the last part of their type, e.g. `{Repository: 1, ActionsSecret: 2}`; of a set, its files. */
  async resourceCounts(): Promise<Readonly<Record<string, number>>> {
    const { deployment } = JSON.parse(await this.must(["stack", "export", "--stack", this.name])) as {
      deployment: { resources?: { type: string; outputs?: { files?: object } }[] };
    };
    const counts: Record<string, number> = {};
    for (const { type, outputs } of deployment.resources ?? []) {
      const kind = type.split(":").at(-1) ?? type;
      const count = kind === "FileSet" ? Object.keys(outputs?.files ?? {}).length : 1;
      counts[kind] = (counts[kind] ?? 0) + count;
    }
    return counts;
  }

  /** The made-up values of the services' secrets, in clear, as JSON: for tests that look for them elsewhere. */
  secretConfig(): Promise<string> {
    return this.must(["config", "get", "secrets", "--stack", this.name]);
  }

  /** An engine that was killed leaves its lock behind; one whose process is gone locks nothing. */
  private dropDeadLocks(): void {
    const folder = join(this.options.dir, "state", ".pulumi", "locks");
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const file = join(folder, entry);
      if (!entry.endsWith(".json")) continue;
      const { pid, hostname: host } = JSON.parse(readFileSync(file, "utf8")) as {
        pid: number;
        hostname: string;
      };
      if (host === hostname() && !existsSync(`/proc/${pid}`) && process.platform === "linux") rmSync(file);
    }
  }

  private writeConfig(): void {
    const committed = readYaml(join(this.options.root, "Pulumi.sandbox.yaml"));
    const generated = readYaml(this.configFile);
    const kept = Object.entries(generated.config).filter(([, value]) => isSecure(value));
    const config = {
      ...committed.config,
      ...Object.fromEntries(
        Object.entries(this.options.config).map(([key, value]) => [`ghcr-platform:${key}`, value]),
      ),
      ...Object.fromEntries(kept),
    };
    writeFileSync(this.configFile, stringify({ ...generated, config }));
  }

  private async setSecrets(): Promise<void> {
    for (const [key, value] of Object.entries(this.options.secretConfig ?? {})) {
      await this.setSecret(key, createHash("sha256").update(value).digest("hex"), () => value);
    }
    const wanted = Object.entries(this.options.secrets).filter(([, names]) => names.length > 0);
    await this.setSecret("secrets", JSON.stringify(wanted), () =>
      JSON.stringify(
        Object.fromEntries(
          wanted.map(([service, list]) => [
            service,
            Object.fromEntries(list.map((name) => [name, randomBytes(18).toString("base64url")])),
          ]),
        ),
      ),
    );
  }

  /**
   * Unless it is set for the same `cause`, because encrypting it again takes a second and gives other text. Values
   * reach the engine on stdin: never as arguments, which every user of the machine may list.
   */
  private async setSecret(key: string, cause: string, value: () => string): Promise<void> {
    const marker = join(this.options.dir, "secrets", `config-${this.name}-${key}`);
    const current = readYaml(this.configFile).config[`ghcr-platform:${key}`] !== undefined;
    if (current && existsSync(marker) && readFileSync(marker, "utf8") === cause) return;
    await this.must(["config", "set", "--secret", key, "--stack", this.name], value());
    writeFileSync(marker, cause, { mode: 0o600 });
  }

  private async must(args: readonly string[], stdin?: string): Promise<string> {
    const { code, stdout, output } = await this.pulumi(
      this.project,
      [...args, "--non-interactive"],
      {},
      undefined,
      stdin,
    );
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${output}`);
    return stdout;
  }

  private pulumi(
    cwd: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    print?: Print,
    stdin?: string,
  ): Promise<EngineRun> {
    return new Promise((resolve, reject) => {
      const child = spawn("pulumi", args, {
        cwd,
        env: { ...this.env, ...env },
        stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      });
      const stdout: Buffer[] = [];
      const both: Buffer[] = [];
      child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on("data", (chunk: Buffer) => {
          both.push(chunk);
          print?.(chunk, (signal) => child.kill(signal));
        });
      }
      child.stdin?.end(stdin);
      child.on("error", reject);
      child.on("close", (code) =>
        resolve({
          code: code ?? 1,
          stdout: Buffer.concat(stdout).toString(),
          output: Buffer.concat(both).toString(),
        }),
      );
    });
  }
}

/**
 * Without the files of attributes that gocloud keeps beside each object: a kill between two writes of one leaves it
 * empty, and the state can't be read then ("failed to load checkpoint: EOF").
 */
function backendUrl(folder: string): string {
  return `file://${folder}?metadata=skip`;
}

function readYaml(file: string): { config: Record<string, unknown> } & Record<string, unknown> {
  const content = existsSync(file)
    ? (parse(readFileSync(file, "utf8")) as Record<string, unknown> | null)
    : null;
  return { ...content, config: (content?.["config"] ?? {}) as Record<string, unknown> };
}

function isSecure(value: unknown): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}
