/** Takes what a repository holds into a stack's state, and only whole: everything of it previews as unchanged. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Engine } from "../../clients/engine";
import {
  below,
  filledState,
  importsOf,
  judged,
  nameOf,
  previewedResources,
  type Difference,
  type Imports,
  type RepositoryFacts,
  type SecretPlace,
} from "../../core/adopt";
import { PlatformError } from "../../core/errors";

export interface TakeOver {
  readonly engine: Engine;
  readonly stack: string;
  /** Names of the components that the repository's resources are below. */
  readonly roots: readonly string[];
  readonly facts: RepositoryFacts;
  /** Where the engine's import file is to be; what is there is written over. */
  readonly importFile: string;
  /** The value that the stack has for a secret. */
  readonly secretAt: (place: SecretPlace) => string;
  readonly onStep: (what: string) => void;
}

export interface TakenOver {
  /** Names of what was taken into the state by this run; empty: it was there already. */
  readonly imported: readonly string[];
  /** Names of what the repository doesn't have: the next update makes it. */
  readonly missing: readonly string[];
  /** Names of what is made anew from its source. */
  readonly rebuilt: readonly string[];
}

/** Previews, fills the ids in and writes the file. */
export async function planImports({
  engine,
  stack,
  roots,
  facts,
  importFile,
  onStep,
}: TakeOver): Promise<Imports> {
  onStep("preview of what is declared");
  const previewed = previewedResources(await engine.preview(stack, importFile));
  const imports = importsOf(readFileSync(importFile, "utf8"), previewed, roots, facts);
  writeFileSync(importFile, imports.file);
  return imports;
}

/**
 * Imports what the file names and fills in what GitHub doesn't give back. A run that was cut short is ended by
 * another one.
 * @throws PlatformError `not-unchanged` where something would change on GitHub; the state is as it was before
 */
export async function takeOver(question: TakeOver, imports: Imports): Promise<TakenOver> {
  const { engine, stack, importFile, onStep } = question;
  const before = await engine.exportState(stack);
  if (imports.resources.length > 0) {
    onStep(`import of ${imports.resources.length} resources`);
    await engine.importResources(stack, importFile);
  }
  const first = await look(question);
  if (first.open.size > 0) {
    onStep("what GitHub gives nobody back");
    await engine.importState(
      stack,
      filledState(await engine.exportState(stack), first.open, question.secretAt),
    );
  }
  const last = first.open.size > 0 ? await look(question) : first;
  const left = [...last.open].map(([urn, values]) => ({
    urn,
    op: "update",
    properties: Object.keys(values),
  }));
  const differences = [...last.differences, ...left];
  if (differences.length > 0) {
    await engine.importState(stack, before);
    throw new PlatformError(differences.map((each) => notUnchanged(stack, each)));
  }
  const names = (urns: readonly string[]) => urns.map(nameOf);
  const { resources, missing, rebuilt } = imports;
  return { imported: names(resources), missing: names(missing), rebuilt: names(rebuilt) };
}

async function look({ engine, stack, roots, onStep }: TakeOver) {
  onStep("preview after the import");
  return judged(below(previewedResources(await engine.preview(stack)), roots));
}

function notUnchanged(stack: string, { urn, op, properties }: Difference) {
  return {
    code: "not-unchanged",
    where: nameOf(urn),
    problem: `is declared otherwise than it is on GitHub (${op}${properties.length === 0 ? "" : ` of ${properties.join(", ")}`})`,
    fix: `declare it as it is, or change it on GitHub; \`pulumi preview --diff --stack ${stack}\` after that. The stack's state is as it was`,
  };
}
