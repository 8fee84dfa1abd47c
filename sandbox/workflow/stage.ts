/** A repository as GitHub would hold it, and its rendered workflows, ready to be run on one machine. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Fleet } from "../../core/fleet";
import { platformWorkflows, renderWorkflow } from "../../core/workflow";
import { bundle } from "../../setup/bundle";
import type { Progress } from "../progress";
import type { Sandbox } from "../sandbox";
import { startSigstore, type Sigstore } from "../sigstore";
import { ensureDebianPackages, resolveToolchain, type Toolchain } from "../toolchain";
import { ensureAct } from "./act";
import { pullRequest, type RunEvent } from "./events";
import { runWorkflow, serverOf, type WorkflowResult } from "./run-workflow";

export interface StageOptions {
  /** Top of the checkout, whose `ghcr` command is bundled. */
  readonly root: string;
  /** What the workflows talk to. */
  readonly sandbox: StagedSandbox;
  readonly toolchain: Pick<Toolchain, "bin">;
  readonly progress: Progress;
  /** The repository's services. */
  readonly fleet: Fleet;
  /** Folder of a git repository that is what was pushed. */
  readonly source: string;
  /** Folders that are looked through for programs first. */
  readonly path?: readonly string[];
  /** Variables that every run has. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** The repository's secrets, besides GITHUB_TOKEN. @default none */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** The parts of a sandbox that a workflow sees. */
export type StagedSandbox = Pick<
  Sandbox,
  "owner" | "github" | "registry" | "baseImages" | "vulnerabilityDatabase"
> & {
  readonly login: Pick<Sandbox["login"], "username">;
  /** Undefined: nothing is built. */
  readonly builder?: Pick<Sandbox["builder"], "address">;
};

/** The commit that stands for the platform's release: no real one has it. */
const releasedCommit = "0".repeat(40);

export class Stage {
  private constructor(
    private readonly options: StageOptions,
    private readonly folder: string,
    private readonly act: string,
    /** The rendered files' text, by name. */
    private readonly workflows: ReadonlyMap<string, string>,
    private readonly signing: Signing | undefined,
  ) {}

  /** Bundles the command, renders the workflows and copies the repository. `close` removes it all. */
  static async open(options: StageOptions): Promise<Stage> {
    const { root, sandbox, progress, fleet } = options;
    const act = await ensureAct(progress);
    // A GitHub runner has jq; the emulator stands for its runner of another architecture.
    await ensureDebianPackages(["jq", "qemu-user-static"], progress);
    const folder = mkdtempSync(join(tmpdir(), "ghcr-stage-"));
    mkdirSync(join(folder, "release", "setup"), { recursive: true });
    for (const file of ["action.yml", "main.cjs"]) {
      cpSync(join(root, "setup", file), join(folder, "release", "setup", file));
    }
    writeFileSync(join(folder, "release", "setup", "ghcr.cjs"), (await bundle(root)).bytes);
    const workflows = platformWorkflows(
      { ...fleet, release: { version: "0.0.0", commit: releasedCommit } },
      {
        owner: sandbox.owner.login,
        registry: sandbox.registry,
        baseImages: sandbox.baseImages,
        vulnerabilityDatabase: sandbox.vulnerabilityDatabase,
        serverUrl: serverOf(sandbox.github),
      },
    );
    const rendered = workflows.map((workflow) => [workflow.file, renderWorkflow(workflow)] as const);
    const signing = await openSigning(options, folder);
    const stage = new Stage(options, folder, act, new Map(rendered), signing);
    stage.refresh();
    return stage;
  }

  /** Takes over what the source has got since. */
  refresh(): void {
    const bare = this.bare();
    rmSync(bare, { recursive: true, force: true });
    mkdirSync(dirname(bare), { recursive: true });
    execFileSync("git", ["clone", "--quiet", "--bare", "--shared", this.options.source, bare]);
  }

  /** Runs a workflow as GitHub would at this event. */
  run(
    event: RunEvent,
    file = "container-publish.yml",
    onLine?: (job: string, line: string) => void,
  ): Promise<WorkflowResult> {
    const workflow = this.workflows.get(file);
    if (workflow === undefined) throw new Error(`the fleet has no ${file} here`);
    const { sandbox, toolchain, path = [], env = {}, secrets = {} } = this.options;
    const repository = this.repository();
    // What GitHub's own copy has under a name, so that nothing but that can be fetched.
    this.git("update-ref", event.ref, event.sha);
    const { name, ref, sha } = event;
    const job = { serverUrl: serverOf(sandbox.github), repository, workflow: file, ref, sha, event: name };
    return runWorkflow({
      act: this.act,
      file,
      workflow,
      event,
      repository,
      repositories: join(this.folder, "repositories"),
      release: { repository, commit: releasedCommit, folder: join(this.folder, "release") },
      github: sandbox.github,
      ...(sandbox.builder === undefined ? {} : { builder: sandbox.builder.address }),
      actor: sandbox.login.username,
      path: [
        ...path,
        dirname(toolchain.bin("buildctl")),
        ...(this.signing === undefined ? [] : [dirname(this.signing.cosign)]),
      ],
      env: { ...env, ...this.signing?.sigstore.identify(job) },
      secrets,
      ...(onLine === undefined ? {} : { onLine }),
    });
  }

  /** A pull request of two commits, with the merge that GitHub tries. */
  pullRequest(spec: { number: number; base: string; head: string; fork?: boolean }): RunEvent {
    const { number, base, head, fork = false } = spec;
    const identity = ["-c", "user.name=GitHub", "-c", "user.email=noreply@github.com"];
    const parents = ["-p", base, "-p", head];
    const merge = this.git(...identity, "commit-tree", `${head}^{tree}`, ...parents, "-m", "Merge");
    // A fork's head, too, can be fetched from the repository that it asks.
    this.git("update-ref", `refs/pull/${number}/head`, head);
    const headRepository = fork ? `stranger/${this.repository().split("/")[1] ?? ""}` : this.repository();
    return pullRequest({ number, base, head, merge, headRepository });
  }

  /** Variables with which cosign trusts whom the runs' signatures are vouched for by. */
  get trust(): Sigstore["trust"] {
    if (this.signing === undefined) throw new Error("nothing is signed here");
    return this.signing.sigstore.trust;
  }

  async close(): Promise<void> {
    await this.signing?.sigstore.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private repository(): string {
    return `${this.options.sandbox.owner.login}/${this.options.fleet.platform.name}`;
  }

  private bare(): string {
    return join(this.folder, "repositories", `${this.repository()}.git`);
  }

  private git(...args: readonly string[]): string {
    return execFileSync("git", ["-C", this.bare(), ...args], { encoding: "utf8" }).trim();
  }
}

interface Signing {
  readonly cosign: string;
  readonly sigstore: Sigstore;
}

/** Undefined: no service's images are signed. */
async function openSigning({ root, progress, fleet }: StageOptions, folder: string) {
  if (!fleet.services.some(({ signing }) => signing === "keyless")) return undefined;
  const cosign = (await resolveToolchain({ root, progress, also: ["cosign"] })).bin("cosign");
  return { cosign, sigstore: await startSigstore({ cosign, folder: join(folder, "sigstore") }) };
}
