/** Pushes: who may push what, asked by git before it accepts one, and what one changes in the repository's record. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Actor } from "../handlers/call";
import { ApiError } from "../pipeline/errors";
import { repositoryLock, type Locks } from "../pipeline/locks";
import { authorise, mayWriteWorkflows } from "../pipeline/permissions";
import { violations } from "../rules/violations";
import type { Store } from "../state/store";
import { put, type Permission, type Repository } from "../state/tables";
import type { GitRepository } from "./repository";

/** A push under way. */
interface Push {
  readonly repositoryId: number;
  readonly actor: Actor;
  readonly role: Permission;
}

interface Question {
  readonly push: string;
  readonly updates: readonly { readonly before: string; readonly after: string; readonly ref: string }[];
  /** The quarantine in which git holds the new objects. */
  readonly env: Readonly<Record<string, string>>;
}

const noObject = /^0+$/;

export class Pushes {
  readonly #underWay = new Map<string, Push>();

  constructor(
    private readonly store: Store,
    private readonly git: (repositoryId: number) => GitRepository,
    private readonly locks: Locks,
    /** Page that a refusal points at. */
    private readonly base: string,
  ) {}

  /**
   * What git's hook needs to ask about this push, and no other.
   * @throws ApiError when the actor may not push at all
   */
  begin(repository: Repository, actor: Actor | undefined): { id: string; env: Record<string, string> } {
    if (repository.archived) throw new ApiError(403, "This repository was archived so it is read-only.");
    const asPush = { id: "git/receive-pack", method: "POST" };
    const role = authorise(actor, asPush, repository, this.store.state);
    if (actor === undefined) throw new ApiError(401, "Requires authentication");
    const id = randomUUID();
    this.#underWay.set(id, { repositoryId: repository.id, actor, role });
    const env = {
      SANDBOX_PUSH: id,
      SANDBOX_NODE: process.execPath,
      SANDBOX_HOOK: join(__dirname, "hooks", "pre-receive.mjs"),
      SANDBOX_HOOK_URL: `${this.base}/_sandbox/pre-receive`,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "core.hooksPath",
      GIT_CONFIG_VALUE_0: join(__dirname, "hooks"),
    };
    return { id, env };
  }

  /** The lines that git shows to who pushes; none where the push may be done. */
  async check(question: Question): Promise<string[]> {
    const push = this.#underWay.get(question.push);
    const repository =
      push === undefined ? undefined : this.store.state.get("repositories", push.repositoryId);
    if (push === undefined || repository === undefined) return ["no such push"];
    const git = this.git(repository.id).inQuarantine(question.env);
    const lines: string[] = [];
    for (const { before, after, ref } of question.updates) {
      const update = { ref, before: orNone(before), after: orNone(after) };
      if (await this.#touchesWorkflows(push, update, git)) {
        lines.push(
          `refusing to allow a Personal Access Token to create or update workflow without \`workflow\` scope: ${ref}`,
        );
      }
      const broken = await violations(update, push, repository, this.store.state, git);
      if (broken.length > 0) lines.push(...this.#refusal(repository, ref, broken));
    }
    return lines;
  }

  /** The push is over; when it changed a reference, the repository's record says so. */
  async end(id: string, before: ReadonlyMap<string, string>, now: string): Promise<void> {
    const push = this.#underWay.get(id);
    this.#underWay.delete(id);
    if (push === undefined) return;
    await this.locks.run([repositoryLock(push.repositoryId)], () =>
      this.#record(push.repositoryId, before, now),
    );
  }

  async #record(repositoryId: number, before: ReadonlyMap<string, string>, now: string): Promise<void> {
    const repository = this.store.state.get("repositories", repositoryId);
    if (repository === undefined) return;
    const after = await this.references(repository.id);
    const changed = after.size !== before.size || [...after].some(([name, sha]) => before.get(name) !== sha);
    if (!changed) return;
    const defaultBranch = await this.#defaultBranch(repository, after);
    await this.store.commit([
      put("repositories", repository.id, { ...repository, defaultBranch, pushedAt: now, updatedAt: now }),
    ]);
  }

  async references(repositoryId: number): Promise<Map<string, string>> {
    const all = await this.git(repositoryId).references("refs/");
    return new Map(all.map((reference) => [reference.name, reference.sha]));
  }

  /** The first branch that an empty repository gets becomes its default, as on GitHub. */
  async #defaultBranch(repository: Repository, after: ReadonlyMap<string, string>): Promise<string> {
    if (after.has(`refs/heads/${repository.defaultBranch}`)) return repository.defaultBranch;
    const first = [...after.keys()]
      .find((name) => name.startsWith("refs/heads/"))
      ?.slice("refs/heads/".length);
    if (first === undefined) return repository.defaultBranch;
    await this.git(repository.id).pointHeadAt(first);
    return first;
  }

  async #touchesWorkflows(
    push: Push,
    update: { before: string | undefined; after: string | undefined },
    git: GitRepository,
  ): Promise<boolean> {
    if (mayWriteWorkflows(push.actor) || update.after === undefined) return false;
    if (update.before === undefined)
      return (await git.entry(update.after, ".github/workflows")) !== undefined;
    const files = await git.changes({ from: update.before, to: update.after });
    return files.some((file) => file.path.startsWith(".github/workflows/"));
  }

  /** In the form that GitHub gives it. */
  #refusal(repository: Repository, ref: string, broken: readonly string[]): string[] {
    const owner = this.store.state.ownerById(repository.ownerId)?.login ?? "";
    return [
      `error: GH013: Repository rule violations found for ${ref}.`,
      `Review all repository rules at ${this.base}/${owner}/${repository.name}/rules?ref=${encodeURIComponent(ref)}`,
      "",
      ...broken.flatMap((sentence) => [`- ${sentence}`, ""]),
    ];
  }
}

function orNone(sha: string): string | undefined {
  return noObject.test(sha) ? undefined : sha;
}
