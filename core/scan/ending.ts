/** Exceptions that end, told on a pull request before the gate blocks on them. */
import { code, cut, longestText, mark, plural, type Mark } from "../marked";
import { exceptionNotices, type Exception } from "./exceptions";

/** A service with its ledger. */
export interface ExceptedService {
  readonly name: string;
  readonly exceptions: readonly Exception[];
}

/** An exception of which there is something to tell in time. */
export interface EndingException {
  readonly service: string;
  readonly exception: Exception;
  /** Whether it is over; else it ends within 14 days. */
  readonly ended: boolean;
}

/** The first line of the comment. */
export const exceptionsMark: Mark = mark("exceptions");

/** Those that are over or end within 14 days: the first to end first. */
export function endingExceptions(services: readonly ExceptedService[], now: Date): EndingException[] {
  return services
    .flatMap(({ name: service, exceptions }) =>
      exceptionNotices(exceptions, exceptions, now).flatMap(({ kind, exception }) =>
        kind === "unused" ? [] : [{ service, exception, ended: kind === "ended" }],
      ),
    )
    .sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/** The comment's whole body, without what changes from day to day; undefined: there is nothing to tell. */
export function exceptionsComment(ending: readonly EndingException[]): string | undefined {
  if (ending.length === 0) return undefined;
  const ended = ending.some((each) => each.ended);
  const head = [
    exceptionsMark,
    "### Exceptions of the vulnerability gate that end",
    "",
    ...(ending.some((each) => !each.ended) ? [endsAdvice] : []),
    ...(ended ? [endedAdvice] : []),
    "",
    "",
  ].join("\n");
  return `${head}${endingTable(ending, longestText - head.length)}`;
}

/** A row each, in at most so many characters. */
export function endingTable(ending: readonly EndingException[], budget: number): string {
  const head = [
    "| service | vulnerability | in | last day | who answers for it | why |",
    "|:--|:--|:--|:--|:--|:--|",
    "",
  ].join("\n");
  const more = (left: number) => `| ${plural(left, "more exception")} | | | | | |`;
  return `${head}${cut(ending.map(row), budget - head.length, more)}`;
}

/** What becomes of one that ends, and what to do. */
export const endsAdvice =
  "- From the day after its last one (UTC) on, the gate blocks each image that still has the vulnerability: take the " +
  "version that mends it, or give the exception a later end where the service is declared.";
const endedAdvice =
  "- One that has ended lets nothing through any more. Where the vulnerability is gone, take it out of the declaration.";

function row({ service, exception: { id, scope, owner, reason, until }, ended }: EndingException): string {
  const last = `${code(until)}${ended ? ", **ended**" : ""}`;
  return `| ${[code(service), code(id), code(scope), last, code(owner), code(reason, 200)].join(" | ")} |`;
}

function keyOf({ service, exception: { until, id, scope } }: EndingException): string {
  return JSON.stringify([until, service, id, scope]);
}
