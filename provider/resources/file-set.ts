/**
 * `ghcr:index:FileSet`: files of a repository that change together, in one commit, or by one pull request where the
 * branch takes no pushes. A preview says which files a commit would change and which a person changed meanwhile; an
 * update refuses to overwrite those. Deleting the resource forgets the files, which stay as they are.
 */
import { planFileSet, readFileSet, takeOver, writeFileSet } from "../../clients/file-set";
import { nothingYet, type FileSet, type FileSetCalls, type Remembered } from "../../clients/file-set-plan";
import { rulesAgainstPush } from "../../clients/push-rules";
import { changesText, conflictFaults, leftText, type FilesPlan } from "../../core/files";
import { sameRepository } from "../../core/names";
import { checkInputs } from "../inputs";
import { sameValue, UNKNOWN, type Properties } from "../wire";
import { fileSetFields, idOf, knownOf, outputsOf, placeIn, setOf, unknownOutputs } from "./file-set-values";
import type { Context, ResourceKind } from "./resource";

export const fileSetKind: ResourceKind = {
  check: (news) => checkInputs(news, fileSetFields),

  diff(context, urn, oldInputs, news, state) {
    const places = ["repository", "branch"].filter((name) => !samePlace(oldInputs[name], news[name]));
    const files = differingFiles(oldInputs["files"], news["files"]);
    // An agreement that ends changes nothing, and neither do words or the name of a branch that isn't needed yet.
    const agreed = listOf(news["overwrite"]).filter(
      (entry) => !listOf(oldInputs["overwrite"]).includes(entry),
    );
    const changed = [
      ...places,
      ...(Object.keys(files).length === 0 ? [] : ["files"]),
      ...(agreed.length === 0 ? [] : ["overwrite"]),
    ];
    if (changed.length === 0 && state["status"] === "proposed") {
      context.log.info(
        `waits in ${String(state["pullRequest"])} (when GitHub was last asked; \`pulumi refresh\` asks again)`,
        urn,
      );
    }
    const whole = [...places, ...(agreed.length === 0 ? [] : ["overwrite"])];
    const update = (path: string) => [path, "update"] as const;
    return { changed, replaces: [], paths: { ...Object.fromEntries(whole.map(update)), ...files } };
  },

  async create(context, urn, inputs, preview) {
    const set = setOf(inputs);
    if (set === undefined) return { properties: { ...inputs, ...unknownOutputs } };
    if (preview) return { properties: await previewed(context, urn, inputs, set, nothingYet) };
    return { id: idOf(set), properties: await written(context, urn, inputs, set, nothingYet) };
  },

  async update(context, urn, { state, oldInputs, inputs }, preview) {
    const set = setOf(inputs);
    if (set === undefined) return { ...inputs, ...unknownOutputs };
    const known = knownAt(context, urn, set, knownOf(state), setOf(oldInputs), preview);
    return preview ? previewed(context, urn, inputs, set, known) : written(context, urn, inputs, set, known);
  },

  async read(context, urn, known) {
    const set = setOf(known.inputs);
    if (set === undefined) return imported(context, known.id);
    try {
      const seen = await readFileSet(callsFor(context, set.repository), set, knownOf(known.properties));
      if (seen === undefined) return undefined;
      if (seen.refusedPullRequest !== undefined) {
        context.log.warn(
          `${seen.refusedPullRequest} was closed and not merged; the next \`pulumi up\` opens another one`,
          urn,
        );
      }
      const inputs = { ...known.inputs, files: seen.files };
      return { id: known.id, inputs, properties: { ...inputs, ...outputsOf(seen.remembered) } };
    } catch (error) {
      // What can't be seen is no drift.
      context.log.warn(`${idOf(set)} was not compared with GitHub: ${wordsOf(error)}`, urn);
      return known;
    }
  },

  delete(context, urn, state) {
    context.log.info(
      `${String(state["repository"])}:${String(state["branch"])}: the files are declared no longer and stay as they are`,
      urn,
    );
  },
};

/** What an update would do, said and not done. */
async function previewed(
  context: Context,
  urn: string,
  inputs: Properties,
  set: FileSet,
  known: Remembered,
): Promise<Properties> {
  const before = known === nothingYet ? unknownOutputs : outputsOf(known);
  let plan: FilesPlan | undefined;
  try {
    plan = await planFileSet(callsFor(context, set.repository).git, set, known);
  } catch (error) {
    context.log.warn(`${idOf(set)} was not compared with GitHub: ${wordsOf(error)}`, urn);
    return { ...inputs, ...unknownOutputs };
  }
  // A repository or branch that this run makes first.
  if (plan === undefined) return { ...inputs, ...unknownOutputs };
  for (const { where, problem, fix } of conflictFaults(idOf(set), plan.conflicts))
    context.log.warn(`${where} ${problem}. \`pulumi up\` stops there: ${fix}`, urn);
  sayLeft(context, urn, set, plan);
  if (plan.changes.length === 0 && plan.conflicts.length === 0) {
    if (known.status === "proposed") return { ...inputs, ...unknownOutputs };
    context.log.info(`${idOf(set)} holds these files already: no commit is needed`, urn);
    return { ...inputs, ...before };
  }
  if (plan.changes.length > 0)
    context.log.info(`${idOf(set)}: ${changesText(plan.changes)}; ${await way(context, set)}`, urn);
  return { ...inputs, ...unknownOutputs };
}

async function way(context: Context, set: FileSet): Promise<string> {
  try {
    const rules = await rulesAgainstPush(context.github(), set.repository, set.branch);
    return rules.length === 0
      ? "in one commit"
      : `by a pull request from ${set.proposalBranch}, since rules stand against a push (${rules.join(", ")})`;
  } catch {
    return "in one commit, or by a pull request where the branch takes no pushes";
  }
}

/** Makes it so, and says how. */
async function written(
  context: Context,
  urn: string,
  inputs: Properties,
  set: FileSet,
  known: Remembered,
): Promise<Properties> {
  context.log.progress(`writing ${Object.keys(set.files).length} files to ${idOf(set)}`, urn);
  const { remembered, plan, did } = await writeFileSet(callsFor(context, set.repository), set, known);
  sayLeft(context, urn, set, plan);
  const { commit = "", proposal } = remembered;
  if (did === "committed")
    context.log.info(`${idOf(set)}: ${changesText(plan.changes)} in commit ${commit.slice(0, 7)}`, urn);
  if (did === "proposed") {
    context.log.warn(
      `${idOf(set)} takes no pushes, so ${proposal?.url ?? ""} proposes: ${changesText(plan.changes)}. ` +
        "Once it is merged, `pulumi refresh` sees that",
      urn,
    );
  }
  return { ...inputs, ...outputsOf(remembered) };
}

/** In another place nothing is proposed yet; what was written before is still nobody else's. */
function knownAt(
  context: Context,
  urn: string,
  set: FileSet,
  known: Remembered,
  before: FileSet | undefined,
  preview: boolean,
): Remembered {
  if (before === undefined || (samePlace(before.repository, set.repository) && before.branch === set.branch))
    return known;
  if (preview) context.log.info(`the files in ${idOf(before)} stay, and nothing renders them any more`, urn);
  return { status: "committed", written: known.written, moved: true };
}

async function imported(context: Context, id: string) {
  const { repository, branch, paths } = placeIn(id);
  const taken = await takeOver(callsFor(context, repository).git, branch, paths);
  if (taken === undefined) return undefined;
  const inputs = { repository, branch, files: taken.files };
  const remembered: Remembered = { status: "committed", written: taken.written };
  return { id: `${repository}:${branch}`, inputs, properties: { ...inputs, ...outputsOf(remembered) } };
}

function callsFor(context: Context, repository: string): FileSetCalls {
  return { calls: context.github(), git: context.git(repository), pause: context.pause };
}

function sayLeft(context: Context, urn: string, set: FileSet, { left }: FilesPlan): void {
  for (const file of left) context.log.warn(leftText(idOf(set), file), urn);
}

/** Files that differ, as paths of the input. */
function differingFiles(olds: unknown, news: unknown): Record<string, "add" | "delete" | "update"> {
  if (typeof olds !== "object" || olds === null || typeof news !== "object" || news === null)
    return sameValue(olds, news) ? {} : { files: "update" };
  const [before, after] = [olds as Properties, news as Properties];
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return Object.fromEntries(
    paths.flatMap((path) => {
      if (sameValue(before[path], after[path])) return [];
      const kind = !(path in before) ? "add" : !(path in after) ? "delete" : "update";
      return [[`files[${JSON.stringify(path)}]`, kind] as const];
    }),
  );
}

function samePlace(one: unknown, other: unknown): boolean {
  return typeof one === "string" && typeof other === "string" && one !== UNKNOWN && other !== UNKNOWN
    ? sameRepository(one, other)
    : sameValue(one, other);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
