/** A command that has printed all it has to say and ends with another code than 0. */
export class Ended extends Error {
  constructor(readonly code: 1 | 2 | 3) {
    super(`ends with ${code}`);
  }
}
