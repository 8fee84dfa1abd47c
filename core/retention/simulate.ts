/**
 * A policy over time: retention runs every few days on a package that goes on being pushed to, each run plans on what
 * the package holds that day, and the months say what is stored. Nothing but the planner decides what goes.
 */
import type { Inventory } from "./inventory";
import type { Plan } from "./plan-file";
import { plan } from "./plan";
import type { Policy } from "./policy";
import { SimulatedPackage, type Arrival, type Timeline } from "./timeline";

export interface SimulationOptions {
  /** The first run. */
  readonly from: Date;
  /** Calendar months, UTC, the one of `from` included; the last one is simulated to its end. */
  readonly months: number;
  /** Days between two runs, at least 1. */
  readonly everyDays: number;
  /** Whether a person lets runs through that the policy's brake stops. */
  readonly releaseBrake: boolean;
}

/** One run of retention. */
export interface SimulatedRun {
  /** RFC 3339. */
  readonly at: string;
  readonly inventory: Inventory;
  readonly plan: Plan;
  /** False: the brake stopped it, and nothing was deleted. */
  readonly applied: boolean;
}

/** One calendar month. Bytes are those of all versions, shared blobs once. */
export interface SimulatedMonth {
  /** `YYYY-MM`, UTC. */
  readonly month: string;
  /** Versions that arrived. */
  readonly pushed: number;
  readonly deleted: number;
  /** Bytes that deletions freed. */
  readonly freed: number;
  /** At the month's end. */
  readonly versions: number;
  readonly bytes: number;
  /** The most that was stored at once, in bytes. */
  readonly peak: number;
  /** Bytes times the hours for which they were stored. */
  readonly byteHours: number;
  readonly runs: number;
  /** Runs that the brake stopped. */
  readonly braked: number;
}

export interface Simulation {
  readonly months: readonly SimulatedMonth[];
  /** Why runs deleted nothing of what they might have; empty: all that matters was known. */
  readonly held: readonly string[];
}

/** @param watch is shown each run */
export function simulate(
  timeline: Timeline,
  policy: Policy,
  options: SimulationOptions,
  watch: (run: SimulatedRun) => void = () => {},
): Simulation {
  const end = endOf(options);
  const state = new SimulatedPackage(timeline);
  const months = new Months(options.from.getTime(), state);
  const held = new Set<string>();
  let next = 0;
  const arrive = (until: number): void => {
    for (; next < timeline.arrivals.length; next++) {
      const arrival = timeline.arrivals[next] as Arrival;
      if (arrival.at > until) return;
      months.advance(arrival.at);
      months.pushed(state.take(arrival));
    }
  };
  for (let at = options.from.getTime(); at < end; at += options.everyDays * day) {
    arrive(at);
    months.advance(at);
    const inventory = state.inventory(at);
    const made = plan(inventory, policy, new Date(at));
    const applied = options.releaseBrake || made.brake.trippedBy.length === 0;
    const before = state.bytes;
    if (applied) state.delete(made.deletions.map(({ digest }) => digest));
    months.ran(applied ? made.deletions.length : 0, before - state.bytes, applied);
    for (const notice of made.notices) if (notice.kind === "held") held.add(notice.why);
    watch({ at: new Date(at).toISOString(), inventory, plan: made, applied });
  }
  arrive(end - 1);
  months.advance(end);
  return { months: months.all, held: [...held] };
}

const day = 86_400_000;
const hour = 3_600_000;

/** The end of the last month, milliseconds since 1970. */
export function endOf({ from, months }: Pick<SimulationOptions, "from" | "months">): number {
  return Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1);
}

type Sums = { -readonly [Field in keyof SimulatedMonth]: SimulatedMonth[Field] };

/** Sums by month; the clock only goes forward. */
class Months {
  readonly all: Sums[] = [];

  constructor(
    private now: number,
    private readonly state: SimulatedPackage,
  ) {
    this.all.push(this.month(now));
  }

  /** What is stored now is stored until then. */
  advance(to: number): void {
    while (this.now < to) {
      const border = endOf({ from: new Date(this.now), months: 1 });
      const until = Math.min(border, to);
      this.current.byteHours += (this.state.bytes * (until - this.now)) / hour;
      this.now = until;
      this.level();
      // The very end of the simulation opens no month.
      if (until === border && until < to) this.all.push(this.month(until));
    }
  }

  pushed(versions: number): void {
    this.open();
    this.current.pushed += versions;
    this.level();
  }

  ran(deleted: number, freed: number, applied: boolean): void {
    this.open();
    this.current.runs += 1;
    this.current.braked += applied ? 0 : 1;
    this.current.deleted += deleted;
    this.current.freed += freed;
    this.level();
  }

  /** A deed at the first moment of a month belongs to that month. */
  private open(): void {
    if (this.month(this.now).month !== this.current.month) this.all.push(this.month(this.now));
  }

  private get current(): Sums {
    return this.all.at(-1) as Sums;
  }

  private level(): void {
    const { bytes, size } = this.state;
    this.current.versions = size;
    this.current.bytes = bytes;
    this.current.peak = Math.max(this.current.peak, bytes);
  }

  private month(at: number): Sums {
    const { bytes, size } = this.state;
    const sums = { pushed: 0, deleted: 0, freed: 0, byteHours: 0, runs: 0, braked: 0 };
    return { month: new Date(at).toISOString().slice(0, 7), ...sums, versions: size, bytes, peak: bytes };
  }
}
