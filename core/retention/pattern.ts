/**
 * Patterns of tags: `*` any run of characters, `?` one, `[a-z0-9]` one of a set, `[!…]` one not of it. They match
 * whole tags. There are no regular expressions on purpose: one pass with one place to go back to takes at most
 * pattern × tag steps, so no pattern can hang a run.
 */

export interface Pattern {
  readonly text: string;
  matches(tag: string): boolean;
}

type Token = { readonly kind: "run" } | { readonly kind: "one"; accepts(character: string): boolean };

/** What is wrong with the text of a pattern; undefined: nothing. */
export function patternFault(text: string): string | undefined {
  const tokens = tokenize(text);
  return typeof tokens === "string" ? tokens : undefined;
}

/** @throws Error where `patternFault` finds something. */
export function parsePattern(text: string): Pattern {
  const tokens = tokenize(text);
  if (typeof tokens === "string") throw new Error(`${text}: ${tokens}`);
  if (!tokens.some(({ kind }) => kind === "run") && !/[?[]/.test(text)) {
    return { text, matches: (tag) => tag === text };
  }
  return { text, matches: (tag) => matches(tokens, tag) };
}

function matches(tokens: readonly Token[], tag: string): boolean {
  let token = 0;
  let lastRun = -1;
  let lastRunEnd = 0;
  for (let at = 0; at < tag.length;) {
    const current = tokens[token];
    if (current?.kind === "run") {
      lastRun = token++;
      lastRunEnd = at;
    } else if (current?.accepts(tag[at] as string)) {
      token++;
      at++;
    } else if (lastRun >= 0) {
      // The last run takes one character more; what stands before it has matched and stays.
      token = lastRun + 1;
      at = ++lastRunEnd;
    } else return false;
  }
  while (tokens[token]?.kind === "run") token++;
  return token === tokens.length;
}

function tokenize(text: string): readonly Token[] | string {
  if (text === "") return "is empty";
  if (text.length > 256) return "is longer than 256 characters";
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    const character = text[at] as string;
    const end = character === "[" ? text.indexOf("]", at + 2) : at;
    const token = character === "[" ? set(text.slice(at + 1, end)) : single(character);
    if (end < 0) return "has a [ without its ]";
    if (typeof token === "string") return token;
    tokens.push(token);
    at = end + 1;
  }
  return tokens;
}

function single(character: string): Token | string {
  if (character === "*") return { kind: "run" };
  if (character === "?") return { kind: "one", accepts: () => true };
  if (!/[A-Za-z0-9._-]/.test(character)) return `has ${JSON.stringify(character)}, which no tag contains`;
  return { kind: "one", accepts: (other) => other === character };
}

function set(body: string): Token | string {
  const negated = body.startsWith("!");
  const members = negated ? body.slice(1) : body;
  const ranges = [...members.matchAll(/([A-Za-z0-9._])-([A-Za-z0-9._])|[A-Za-z0-9._-]/g)];
  if (ranges.map(([all]) => all).join("") !== members || members === "")
    return `has a set [${body}] that is no set`;
  const spans = ranges.map(([all, low = all, high = all]) => [low, high] as const);
  const reversed = spans.find(([low, high]) => low > high);
  if (reversed !== undefined) return `has a range ${reversed.join("-")} that runs backwards`;
  return {
    kind: "one",
    accepts: (other) => spans.some(([low, high]) => other >= low && other <= high) !== negated,
  };
}
