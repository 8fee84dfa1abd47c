/** Whether what is about to be applied deletes or replaces anything that the pull request's comment didn't show. */
import { commitLine, dangerLine, headingOf, previewMark } from "./comment";
import { changesOf, type Change, type Preview } from "./model";

export interface Unshown {
  readonly change: Change;
  readonly why:
    /** The commit came with no pull request, or its pull request has no comment of the platform's. */
    | "no-comment"
    /** The comment is of another commit than the one that was merged. */
    | "other-commit"
    | "not-in-comment"
    /** Its name can't be shown so that nothing else looks like it. */
    | "not-showable";
}

export interface Shown {
  /** The comment as it stands; undefined: there is none. */
  readonly comment: string | undefined;
  /** The pull request's last commit. */
  readonly commit: string | undefined;
}

/**
 * Images and their builder: what leaves the stack stays in the registry, and each commit makes new ones. Pull
 * requests are previewed without them, since nothing is built then.
 */
const images = /(^|\$)ghcr-platform:index:(PublishedImage|ImageBuilder)\$/;

/**
 * Deletions and replacements that nobody was shown. What the comment shows is decided by its visible lines alone: a
 * reviewer saw nothing else.
 * @param accepted URNs that somebody has agreed to since
 */
export function unshown(
  preview: Preview,
  shown: Shown,
  accepted: ReadonlySet<string> = new Set(),
): readonly Unshown[] {
  const lines = linesOf(shown, preview.stack);
  return changesOf(preview, "delete", "replace")
    .filter(({ urn }) => !accepted.has(urn) && !images.test(urn.split("::")[2] ?? ""))
    .flatMap((change): readonly Unshown[] => {
      if (typeof lines === "string") return [{ change, why: lines }];
      const line = dangerLine(change);
      if (line === undefined) return [{ change, why: "not-showable" }];
      const isShown = lines.some((one) => one === line || one.startsWith(`${line}, because of `));
      return isShown ? [] : [{ change, why: "not-in-comment" }];
    });
}

/** The lines that the comment has of a stack, or why it has none to go by. */
function linesOf(
  { comment, commit }: Shown,
  stack: string,
): readonly string[] | "no-comment" | "other-commit" {
  const lines = comment?.split(/\r?\n/) ?? [];
  if (lines[0] !== previewMark) return "no-comment";
  if (commit === undefined || lines[1] !== commitLine(commit)) return "other-commit";
  const start = lines.findIndex((line) => line.startsWith(headingOf(stack)));
  const end = lines.findIndex((line, index) => index > start && line.startsWith("### "));
  return start < 0 ? [] : lines.slice(start, end < 0 ? undefined : end);
}
