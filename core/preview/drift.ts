/** The issue that tells of drift: what GitHub shows to differ from what is declared. */
import { code, longestText, mark, type Mark } from "../marked";
import { section } from "./comment";
import type { Preview } from "./model";

export interface DriftIssue {
  readonly title: string;
  readonly body: string;
}

export function driftMark(stack: string): Mark {
  return mark("drift", stack);
}

/**
 * The issue of a preview that looked at GitHub first. It is the same for the same drift, so that it isn't written
 * again every time. Undefined: there is no drift.
 */
export function driftIssue(preview: Preview): DriftIssue | undefined {
  if (preview.changes.length === 0) return undefined;
  const head = [
    driftMark(preview.stack),
    "",
    `Somebody changed by hand what the stack ${code(preview.stack)} declares, or what is declared has not been ` +
      "applied yet. Below is what `pulumi up` would do to bring both together.",
    "",
    "- To keep what is declared: run `pulumi-up` by hand.",
    "- To keep what was changed: declare it, in a pull request.",
    "",
    "This issue is kept up to date, and closed when the drift is gone.",
    "",
    "",
  ].join("\n");
  return {
    title: `Drift: the stack ${preview.stack} is not as declared`,
    body: head + section(preview, {}, longestText - head.length),
  };
}
