/** The images that a Dockerfile builds upon, as far as its text tells: https://docs.docker.com/reference/dockerfile/ */
import { isDigest, type Digest } from "../names";

export interface BaseImage {
  /** As it is written, arguments filled in, without its digest: `gcr.io/distroless/nodejs24-debian12:nonroot`. */
  readonly name: string;
  /** Undefined: the Dockerfile pins none, and which one the build took is not told. */
  readonly digest: Digest | undefined;
}

/**
 * Images of all `FROM` and `COPY --from=`, each once, in their order. Stages, `scratch` and what an argument without
 * a value stands for are left out.
 * @param buildArgs values of arguments, which replace the defaults of those that stand before the first `FROM`
 */
export function baseImages(
  dockerfile: string,
  buildArgs: Readonly<Record<string, string>>,
): readonly BaseImage[] {
  const args = new Map<string, string>();
  const stages = new Set<string>(["scratch"]);
  const found = new Map<string, BaseImage>();
  let staged = false;
  const take = (written: string): void => {
    const reference = filled(written, args);
    if (reference === undefined || stages.has(reference.toLowerCase()) || /^\d+$/.test(reference)) return;
    const [name = "", digest = ""] = reference.split("@");
    found.set(reference, { name, digest: isDigest(digest) ? digest : undefined });
  };
  for (const line of instructions(dockerfile)) {
    const [instruction = "", ...words] = line.split(/\s+/);
    switch (instruction.toUpperCase()) {
      case "ARG":
        // Those of a stage are not at hand in a FROM.
        if (!staged) for (const word of words) readArgument(word, buildArgs, args);
        break;
      case "FROM": {
        staged = true;
        const [image = "", as, stage] = words.filter((word) => !word.startsWith("--"));
        take(image);
        if (as?.toUpperCase() === "AS" && stage !== undefined) stages.add(stage.toLowerCase());
        break;
      }
      case "COPY":
        for (const word of words) if (word.startsWith("--from=")) take(word.slice("--from=".length));
        break;
    }
  }
  return [...found.values()];
}

/** Lines that a backslash joins are one; comments and empty lines are none. */
function instructions(dockerfile: string): readonly string[] {
  const lines = dockerfile.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
  return lines
    .join("\n")
    .replaceAll(/\\[ \t]*\n/g, " ")
    .split("\n")
    .map((line) => line.trim());
}

function readArgument(
  word: string,
  buildArgs: Readonly<Record<string, string>>,
  args: Map<string, string>,
): void {
  const [name = "", ...rest] = word.split("=");
  const value = buildArgs[name] ?? (word.includes("=") ? unquoted(rest.join("=")) : undefined);
  const resolved = value === undefined ? undefined : filled(value, args);
  if (resolved !== undefined) args.set(name, resolved);
}

/** `$NAME`, `${NAME}` and `${NAME:-otherwise}`; undefined where one has no value. */
function filled(text: string, args: ReadonlyMap<string, string>): string | undefined {
  let complete = true;
  const result = unquoted(text).replaceAll(
    /\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))/g,
    (_, braced: string | undefined, otherwise: string | undefined, plain: string | undefined) => {
      const value = args.get(braced ?? plain ?? "") || otherwise;
      complete &&= value !== undefined;
      return value ?? "";
    },
  );
  return complete && result !== "" ? result : undefined;
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, "$2");
}
