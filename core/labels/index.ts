/** Labels of an image's configurations and annotations of its index, by the standard keys. */
import { PlatformError } from "../errors";
import { rfc3339 } from "./commit-time";
import { labelFaults, textValues, type LabelFacts } from "./facts";
import { annotationKeys } from "./keys";

export { commitTimeFault, rfc3339 } from "./commit-time";
export { labelFaults, type LabelFacts } from "./facts";
export { annotationKeys } from "./keys";

/**
 * Labels of each platform's configuration: the standard keys that the facts have a value for, in alphabetical
 * order. Nothing of the machine or the hour of the build is in them.
 * @throws PlatformError with every fault at once
 */
export function labelsFor(facts: LabelFacts): Readonly<Record<string, string>> {
  const faults = labelFaults(facts);
  if (faults.length > 0) throw new PlatformError(faults);
  const values = textValues(facts).map(([name, value]) => [annotationKeys[name], value] as const);
  const all = [...values, [annotationKeys.created, rfc3339(facts.committedAt)] as const];
  return Object.fromEntries(all.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/**
 * Annotations of the index: the very labels. GHCR's page reads the index and never the configurations below it, and
 * whoever reads an image's source from both must find one answer.
 * @throws PlatformError with every fault at once
 */
export function indexAnnotationsFor(facts: LabelFacts): Readonly<Record<string, string>> {
  return labelsFor(facts);
}
