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
  /** Sends the right headers and so many bytes of the body, at least one too few, then closes the connection. */
  readonly truncate?: number;
  /** Of a read: the answer is of the state as it was so many writes ago. */
  readonly stale?: number;
  /** How likely it is to hit a request that fits, over 0 up to 1; 1 when left out. */
  readonly rate?: number;
  /** What the hits of a `rate` are drawn from; the same seed hits the same requests. 1 when left out. */
  readonly seed?: number;
}

interface Ordered {
  readonly fault: Fault;
  left: number;
  readonly draw: () => number;
}

export class Faults {
  #ordered: Ordered[] = [];

  order(faults: readonly Fault[]): void {
    this.#ordered.push(
      ...faults.map((fault) => ({ fault, left: fault.times ?? 1, draw: generator(fault.seed ?? 1) })),
    );
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
      ({ fault: { match, rate = 1 }, draw }) =>
        (match.method === undefined || match.method === method) &&
        (match.path === undefined || new RegExp(match.path).test(path)) &&
        (match.operation === undefined || match.operation === operation) &&
        draw() < rate,
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    this.#ordered = this.#ordered.filter((one) => one.left > 0);
    return found.fault;
  }
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
