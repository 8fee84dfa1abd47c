/** What labels are filled from, and what is wrong with it. */
import type { Fault } from "../errors";
import { digestFault, imageReferenceFault } from "../names";
import { commitTimeFault } from "./commit-time";
import { annotationKeys, type AnnotationName } from "./keys";

/** What the standard keys are filled from. Absent ones are left out: an empty label says something false. */
export interface LabelFacts {
  /** The service's name. */
  readonly title: string;
  readonly description?: string | undefined;
  /** The committer's time, not the build's: the same commit gives the same labels. */
  readonly committedAt: Date;
  /** The commit, 40 hexadecimal digits; `-dirty` after it where the folder held what no commit does. */
  readonly revision: string;
  /** The tag that names this build: `1.2.3`, else `sha-<7>` (`versionLabel` of `core/tags`). */
  readonly version: string;
  /** Page of the source repository. GHCR links a package to it by this label of its first push. */
  readonly source?: string | undefined;
  readonly url?: string | undefined;
  readonly documentation?: string | undefined;
  readonly vendor?: string | undefined;
  readonly authors?: string | undefined;
  /** SPDX expression. */
  readonly licenses?: string | undefined;
  /** Counts in an image layout's `index.json` only; registries and clients pass over it. */
  readonly refName?: string | undefined;
  /** The image of the last stage's FROM, its registry written out. */
  readonly base?: { readonly name: string; readonly digest?: string | undefined } | undefined;
}

/**
 * Characters that a value may have. GHCR takes 512 of a description and 256 of licenses (docs.github.com, "Working
 * with the Container registry", "Labelling container images"). The rest is this platform's: labels pass through
 * command lines, and the manifest that holds them may have 4 MiB.
 */
const longest: Partial<Record<AnnotationName, number>> = { description: 512, licenses: 256 };
const longestOther = 2048;

/** Line breaks, other control characters and halves of surrogate pairs, which UTF-8 can't hold. */
const illegal = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** The image specification's grammar of `ref.name` (annotations.md). */
const refNameGrammar =
  /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/;

/** Values as given, without `created`, which is a time. */
export function textValues(facts: LabelFacts): readonly (readonly [AnnotationName, string])[] {
  const values: Partial<Record<AnnotationName, string | undefined>> = {
    authors: facts.authors,
    baseDigest: facts.base?.digest,
    baseName: facts.base?.name,
    description: facts.description,
    documentation: facts.documentation,
    licenses: facts.licenses,
    refName: facts.refName,
    revision: facts.revision,
    source: facts.source,
    title: facts.title,
    url: facts.url,
    vendor: facts.vendor,
    version: facts.version,
  };
  return Object.entries(values).filter((entry): entry is [AnnotationName, string] => entry[1] !== undefined);
}

/** Everything that is wrong with the facts, by the key that it would stand under. */
export function labelFaults(facts: LabelFacts): Fault[] {
  return [
    commitTimeFault(annotationKeys.created, facts.committedAt),
    ...textValues(facts).map(([name, value]) => textFault(name, value) ?? formFault(name, value)),
  ].filter((fault) => fault !== undefined);
}

function textFault(name: AnnotationName, value: string): Fault | undefined {
  const most = longest[name] ?? longestOther;
  const problem =
    value.trim() === ""
      ? "must not be empty"
      : illegal.test(value)
        ? "must be one line without control characters"
        : value.length > most
          ? `must be at most ${most} characters`
          : undefined;
  return problem === undefined ? undefined : invalid(name, problem, value);
}

function formFault(name: AnnotationName, value: string): Fault | undefined {
  switch (name) {
    case "source":
    case "url":
    case "documentation":
      return addressFault(name, value);
    case "baseDigest":
      return digestFault(annotationKeys[name], value);
    case "baseName":
      return imageReferenceFault(annotationKeys[name], value);
    case "refName":
      return refNameGrammar.test(value)
        ? undefined
        : invalid(name, "must be letters and digits, joined by single - . _ : @ + or /", value);
    default:
      return undefined;
  }
}

/** A password in an address would be in every image, so it isn't repeated in the fault either. */
function addressFault(name: AnnotationName, value: string): Fault | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol)) {
    return invalid(name, "must be an address that starts with https:// or http://");
  }
  return url.username === "" && url.password === ""
    ? undefined
    : invalid(name, "must not hold a user name or password");
}

function invalid(name: AnnotationName, problem: string, got?: string): Fault {
  return {
    code: "invalid-label",
    where: annotationKeys[name],
    problem,
    ...(got === undefined ? {} : { got: got.slice(0, 80) }),
    fix: "mend what the service's or its repository's declaration says there",
  };
}
