/** One comment or one issue that is found by its marker, on whatever page it stands, and kept up to date in place. */
import { z } from "zod";
import { decide, ownText, type Mark } from "../core/marked";
import type { GitHubCalls } from "./github-calls";

export interface Kept {
  readonly did: "created" | "updated" | "closed" | "removed" | "nothing";
  /** Its page; undefined where there is none. */
  readonly url: string | undefined;
}

interface Common {
  /** `<owner>/<name>` */
  readonly repository: string;
  /** Login of who writes it: of a workflow's GITHUB_TOKEN that is `github-actions[bot]`. */
  readonly author: string;
  /** First line of the body. */
  readonly mark: Mark;
}

const written = {
  html_url: z.string(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullable(),
};
const commentSchema = z.object({ ...written, id: z.int() });
const issueSchema = z.object({ ...written, number: z.int(), pull_request: z.unknown().optional() });

/** The comment as it stands on an issue or pull request; undefined: there is none. */
export async function readComment(
  calls: GitHubCalls,
  { repository, author, mark, number }: Common & { readonly number: number },
): Promise<
  { readonly id: number; readonly author: string; readonly body: string; readonly url: string } | undefined
> {
  const comments = await calls.all(`repos/${repository}/issues/${number}/comments`, commentSchema);
  return ownText(
    comments.map(({ id, ...rest }) => ({ id, ...textOf(rest) })),
    author,
    mark,
  );
}

/**
 * Makes the comment on an issue or pull request say this; writes nothing where it does.
 * @param options.body undefined: there is nothing to tell any more, so it is removed
 */
export async function keepComment(
  calls: GitHubCalls,
  options: Common & { readonly number: number; readonly body: string | undefined },
): Promise<Kept> {
  const { repository, number, body } = options;
  const decision = decide(await readComment(calls, options), body);
  if (decision.do === "nothing") return { did: "nothing", url: decision.text?.url };
  if (decision.do === "close") {
    await calls.remove(`repos/${repository}/issues/comments/${decision.text.id}`);
    return { did: "removed", url: decision.text.url };
  }
  const { html_url: url } =
    decision.do === "create"
      ? await calls.write("POST", `repos/${repository}/issues/${number}/comments`, { body }, commentSchema)
      : await calls.write(
          "PATCH",
          `repos/${repository}/issues/comments/${decision.text.id}`,
          { body },
          commentSchema,
        );
  return { did: decision.do === "create" ? "created" : "updated", url };
}

/**
 * Keeps one open issue as long as there is something to tell, and closes it then.
 * @param wanted undefined: there is nothing to tell any more
 */
export async function keepIssue(
  calls: GitHubCalls,
  {
    repository,
    author,
    mark,
    wanted,
  }: Common & { readonly wanted: { title: string; body: string } | undefined },
): Promise<Kept> {
  const path = `repos/${repository}/issues`;
  const open = await calls.all(`${path}?state=open&creator=${encodeURIComponent(author)}`, issueSchema);
  const own = ownText(
    open.flatMap(({ number, pull_request: pull, ...rest }) =>
      pull === undefined ? [{ id: number, ...textOf(rest) }] : [],
    ),
    author,
    mark,
  );
  const decision = decide(own, wanted?.body);
  switch (decision.do) {
    case "nothing":
      return { did: "nothing", url: decision.text?.url };
    case "create":
      return { did: "created", url: (await calls.write("POST", path, wanted, issueSchema)).html_url };
    case "update":
      return {
        did: "updated",
        url: (await calls.write("PATCH", `${path}/${decision.text.id}`, wanted, issueSchema)).html_url,
      };
    case "close": {
      const change = { state: "closed", state_reason: "completed" };
      return {
        did: "closed",
        url: (await calls.write("PATCH", `${path}/${decision.text.id}`, change, issueSchema)).html_url,
      };
    }
  }
}

function textOf({
  html_url: url,
  body,
  user,
}: z.infer<typeof commentSchema> | Omit<z.infer<typeof issueSchema>, "number">) {
  // The account of an author may be gone.
  return { author: user?.login ?? "ghost", body: body ?? "", url };
}
