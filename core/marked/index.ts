/**
 * Comments and issues that the platform keeps up to date on GitHub instead of writing another one each time. They are
 * known by a hidden marker and by who wrote them: anyone may write the marker, and a text that somebody else can
 * change is not taken for the platform's.
 */
import { PlatformError } from "../errors";

export { cut, longestText, plural } from "./fitting";
export { code, isShownWhole } from "./inert";

declare const marked: unique symbol;

/** The first line of such a text. */
export type Mark = string & { readonly [marked]: true };

/** A comment or an issue, as GitHub lists it. */
export interface Text {
  /** Of a comment its id, of an issue its number. */
  readonly id: number;
  /** Login. */
  readonly author: string;
  readonly body: string;
}

/** What is to be done. */
export type Decision<T extends Text> =
  | { readonly do: "nothing"; readonly text: T | undefined }
  | { readonly do: "create" }
  | { readonly do: "update"; readonly text: T }
  | { readonly do: "close"; readonly text: T };

/**
 * The marker of one kind of text, e.g. `mark("preview", "prod")`; an HTML comment, which GitHub doesn't show.
 * @throws PlatformError where it could end that comment
 */
export function mark(...parts: readonly [kind: string, ...subject: string[]]): Mark {
  const text = parts.join(" ");
  if (!/^[\w./ ]+(-[\w./ ]+)*$/.test(text)) {
    throw new PlatformError({
      code: "invalid-mark",
      where: "the marker of a comment or an issue",
      problem: "may hold letters, digits, single hyphens, dots, slashes and blanks",
      got: text,
      fix: "give it such a name",
    });
  }
  return `<!-- ghcr-platform: ${text} -->` as Mark;
}

/** The oldest text of this author that starts with the marker: a second one, made at the same time, is left alone. */
export function ownText<T extends Text>(texts: readonly T[], author: string, own: Mark): T | undefined {
  return texts
    .filter((text) => text.author.toLowerCase() === author.toLowerCase() && linesOf(text.body)[0] === own)
    .reduce<T | undefined>(
      (oldest, text) => (oldest === undefined || text.id < oldest.id ? text : oldest),
      undefined,
    );
}

/**
 * @param own what `ownText` found
 * @param wanted what is to stand there, marker included; undefined: nothing is to be told any more
 */
export function decide<T extends Text>(own: T | undefined, wanted: string | undefined): Decision<T> {
  if (wanted === undefined)
    return own === undefined ? { do: "nothing", text: own } : { do: "close", text: own };
  if (own === undefined) return { do: "create" };
  return linesOf(own.body).join("\n") === linesOf(wanted).join("\n")
    ? { do: "nothing", text: own }
    : { do: "update", text: own };
}

/** GitHub's pages send lines that end in CR LF, and what is at the end of a text doesn't count. */
function linesOf(text: string): readonly string[] {
  return text.trimEnd().split(/\r?\n/);
}
