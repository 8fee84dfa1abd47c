/**
 * What is to change so that a branch holds the files that are declared.
 *
 * The rule: a file changes only where the branch holds what the platform wrote there, or nothing that anyone wrote.
 * Whatever else lies there, a person put there, and also a file that is missing was taken away by one: it is named, and
 * nothing of the set is written, until that person's content is declared, or the set agrees to lose just that content.
 * Agreeing to a content rather than to a path is what keeps the next change by hand from being overwritten too.
 *
 * Contents are told apart by git's blob ids. What is no plain file has an id that no plain file has.
 */

/** Stands for a path at which nothing lies. */
export const absent = "absent";

export interface FilesQuestion {
  /** Blob ids of what is declared, by path. */
  readonly wanted: ReadonlyMap<string, string>;
  /** What the platform wrote or proposed at each path, `absent` for a file that it took away. */
  readonly written: ReadonlyMap<string, readonly string[]>;
  /** What the branch holds. A path that is not in it holds nothing. */
  readonly actual: ReadonlyMap<string, string>;
  /** `<path>@<first digits of the blob id>` or `<path>@absent`: what may be overwritten although a person put it there. */
  readonly agreed: readonly string[];
}

export interface FileChange {
  readonly path: string;
  readonly does: "create" | "update" | "delete";
}

/** A file that a person changed, or took away. */
export interface FileConflict {
  readonly path: string;
  /** Blob id of what lies there, or `absent`. */
  readonly actual: string;
  /** `before`: it was there before the platform wrote anything; `since`: it was changed since. */
  readonly changed: "before" | "since";
}

export interface FilesPlan {
  /** By path. To be made together or not at all, and not while there are conflicts. */
  readonly changes: readonly FileChange[];
  readonly conflicts: readonly FileConflict[];
  /** Declared no longer, and changed by hand: they stay, as whose they are now. */
  readonly left: readonly FileConflict[];
  /** Paths that are as declared, or declared no longer and gone. */
  readonly unchanged: readonly string[];
}

export function planFiles({ wanted, written, actual, agreed }: FilesQuestion): FilesPlan {
  const plan = {
    changes: [] as FileChange[],
    conflicts: [] as FileConflict[],
    left: [] as FileConflict[],
    unchanged: [] as string[],
  };
  for (const path of [...new Set([...wanted.keys(), ...written.keys()])].sort()) {
    const is = actual.get(path) ?? absent;
    const wants = wanted.get(path) ?? absent;
    const ours = written.get(path) ?? [];
    // Where nothing was ever written, nothing lying there is nobody's doing.
    const known = ours.length === 0 ? is === absent : ours.includes(is);
    if (is === wants) plan.unchanged.push(path);
    else if (known || agrees(agreed, path, is)) {
      const does = is === absent ? "create" : wants === absent ? "delete" : "update";
      plan.changes.push({ path, does });
    } else {
      const conflict: FileConflict = { path, actual: is, changed: ours.length === 0 ? "before" : "since" };
      (wants === absent ? plan.left : plan.conflicts).push(conflict);
    }
  }
  return plan;
}

/** Git shortens ids to 7 digits; what is no plain file can't be agreed to. */
function agrees(agreed: readonly string[], path: string, id: string): boolean {
  if (id !== absent && !/^[0-9a-f]{40}$/.test(id)) return false;
  return agreed.some((each) => {
    const at = each.lastIndexOf("@");
    const named = each.slice(at + 1);
    const same = id === absent ? named === absent : /^[0-9a-f]{7,40}$/.test(named) && id.startsWith(named);
    return each.slice(0, at) === path && same;
  });
}
