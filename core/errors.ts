/**
 * The one kind of error that is a user's to mend. Whatever else is thrown is a defect of the platform and
 * keeps its stack; the command line prints these without one.
 */

/** One thing that is wrong with what a user gave: where it stands, what was found there, what mends it. */
export interface Fault {
  /** Stable identifier, kebab-case, e.g. `invalid-service-name`. */
  readonly code: string;
  /** Where: a file and field, a configuration key, an argument; e.g. `services/todost/service.ts: name`. */
  readonly where: string;
  /** What is wrong, in one sentence without a full stop. */
  readonly problem: string;
  /** The value that was found. Never a secret's. */
  readonly got?: string;
  /** What the user does about it; where there is one, the command line that does it. */
  readonly fix: string;
}

/** A mistake of the user's, or several at once: every fault of one input is reported together. */
export class PlatformError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: Fault | readonly Fault[], options?: { readonly cause?: unknown }) {
    const all: readonly Fault[] = Array.isArray(faults) ? faults : [faults as Fault];
    super(all.map(formatFault).join("\n"), options);
    this.name = "PlatformError";
    this.faults = all;
  }

  /** The code of the first fault. */
  get code(): string {
    return this.faults[0]?.code ?? "unknown";
  }
}

/** `where: problem (got "value")\n  fix: …`, the form in which every fault reaches a person. */
export function formatFault(fault: Fault): string {
  const got = fault.got === undefined ? "" : ` (got ${JSON.stringify(fault.got)})`;
  return `${fault.where}: ${fault.problem}${got}\n  fix: ${fault.fix}`;
}
