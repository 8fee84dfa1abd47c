/** Whether a release moves an environment by itself: it may only go forward. */
import { gt, valid } from "semver";

/**
 * Whether the environment runs a higher version than the one that was released, as where 1.2.4 comes after 2.0.0. A
 * person may still move it there.
 * @param running what the image says that it runs; undefined, or no version, as `sha-4fa8d21`: nothing to compare with
 */
export function runsHigher(running: string | undefined, released: string): boolean {
  return running !== undefined && valid(running) !== null && gt(running, released);
}
