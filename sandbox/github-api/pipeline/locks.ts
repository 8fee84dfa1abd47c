/** Writes that would meet wait for one another: one at a time for each key. */
export class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Runs the work when everything that was asked for any of the keys before is done. */
  run<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = keys.map((key) => this.#tails.get(key));
    const done = Promise.all(before).then(work);
    // Who comes next waits for the end, good or bad.
    const tail = done.catch(() => undefined);
    for (const key of keys) this.#tails.set(key, tail);
    void tail.then(() => {
      for (const key of keys) if (this.#tails.get(key) === tail) this.#tails.delete(key);
    });
    return done;
  }
}

/** The key under which a repository's record and references change. */
export function repositoryLock(id: number): string {
  return `repository:${id}`;
}

/** The key under which an owner's repositories get and change their names. */
export function ownerLock(login: string): string {
  return `owner:${login.toLowerCase()}`;
}
