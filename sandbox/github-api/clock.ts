/** The sandbox's time: the machine's, or what a test says, moved ahead by a shift. */
export interface Clock {
  now(): Date;
  /** Without the shift: what clients on this machine read. */
  machineNow(): Date;
}

export class ShiftableClock implements Clock {
  constructor(
    private readonly base: () => Date,
    /** Milliseconds. */
    private readonly shift: () => number,
  ) {}

  now(): Date {
    return new Date(this.base().getTime() + this.shift());
  }

  machineNow(): Date {
    return this.base();
  }
}
