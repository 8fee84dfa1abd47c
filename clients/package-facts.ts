/** A repository's container packages, each with what its versions are tagged as. */
import { z } from "zod";
import type { PackageFacts } from "../core/adopt";
import { PlatformError } from "../core/errors";
import { classifyTag } from "../core/tags";
import { GitHubCalls } from "./github-calls";
import { openPackages } from "./packages";

export interface PackagesQuestion {
  readonly githubUrl: string;
  /** A classic token; undefined: packages aren't read. */
  readonly packagesToken: string | undefined;
  readonly owner: string;
  /** Name of the repository. */
  readonly name: string;
  /** Gets what is read next. */
  readonly onStep?: (what: string) => void;
  readonly onWait?: (milliseconds: number, why: string) => void;
}

const visibility = z.enum(["public", "private", "internal"]);
const packageSchema = z.looseObject({
  name: z.string(),
  visibility,
  version_count: z.int().optional(),
  repository: z.looseObject({ full_name: z.string() }).nullish(),
});

/** Undefined: there is no token that may read packages, which no fine-grained one and no app's may. */
export async function readPackages(
  { packagesToken: token, ...question }: PackagesQuestion,
  fullName: string,
): Promise<readonly PackageFacts[] | undefined> {
  if (token === undefined) return undefined;
  question.onStep?.("packages");
  try {
    return await packagesOf({ ...question, token }, fullName);
  } catch (error) {
    if (error instanceof PlatformError && error.code === "github-denied") return undefined;
    throw error;
  }
}

/** Those that are linked to the repository, and the one of its name where that is linked to none. */
async function packagesOf(
  { owner, name, onStep, ...question }: Omit<PackagesQuestion, "packagesToken"> & { readonly token: string },
  fullName: string,
): Promise<readonly PackageFacts[]> {
  const calls = new GitHubCalls(question);
  const account = await calls.read(`users/${owner}`, z.looseObject({ type: z.string() }));
  const base = account?.type === "Organization" ? `orgs/${owner}` : `users/${owner}`;
  const found = await calls.all(`${base}/packages?package_type=container`, packageSchema);
  const own = found.filter(({ repository, name: called }) =>
    repository
      ? repository.full_name.toLowerCase() === fullName.toLowerCase()
      : called === name.toLowerCase(),
  );
  const packages: PackageFacts[] = [];
  for (const { name: called, visibility: seenBy, repository } of own) {
    onStep?.(`versions of ${called}`);
    const { versions } = await openPackages({ ...question, owner, name: called }).versions();
    packages.push({
      ...{ name: called, visibility: seenBy, versions: versions.length },
      repository: repository?.full_name,
      history: historyOf(versions.map(({ tags }) => tags)),
    });
  }
  return packages;
}

/** How many versions bear a tag of each class; a version with tags of several counts for each. */
function historyOf(tags: readonly (readonly string[])[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const each of tags) {
    const classes = each.length === 0 ? ["untagged"] : [...new Set(each.map((tag) => classifyTag(tag)))];
    for (const found of classes) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}
