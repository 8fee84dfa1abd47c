/** Faults that a test orders: an answer that is wrong, late or lost. */

export interface Fault {
  readonly match: {
    readonly method?: string;
    /** A regular expression for the path without prefix. */
    readonly path?: string;
    /** operationId. */
    readonly operation?: string;
  };
  /** How often; 1 when left out. */
  readonly times?: number;
  /** `before`: nothing is done. `after`: it is done, and the answer is lost. */
  readonly when?: "before" | "after";
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** How long the answer is held back. */
  readonly delayMs?: number;
  /** Closes the connection instead of answering. */
  readonly reset?: boolean;
}

export class Faults {
  #ordered: { fault: Fault; left: number }[] = [];

  order(faults: readonly Fault[]): void {
    this.#ordered.push(...faults.map((fault) => ({ fault, left: fault.times ?? 1 })));
  }

  /** Those that are still to come. */
  waiting(): readonly Fault[] {
    return this.#ordered.map(({ fault, left }) => ({ ...fault, times: left }));
  }

  clear(): void {
    this.#ordered = [];
  }

  /** The first that fits; it has happened once more by this. */
  take(method: string, path: string, operation: string | undefined): Fault | undefined {
    const found = this.#ordered.find(
      ({ fault: { match } }) =>
        (match.method === undefined || match.method === method) &&
        (match.path === undefined || new RegExp(match.path).test(path)) &&
        (match.operation === undefined || match.operation === operation),
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    this.#ordered = this.#ordered.filter((one) => one.left > 0);
    return found.fault;
  }
}
