/** All that one plan is made from, read once. */
import type { Inventory } from "./inventory";
import type { Policy } from "./policy";
import { closingTimes } from "./protect";
import { tabulate, type Table } from "./table";
import { tagFacts, type TagFacts } from "./tag-facts";

export interface Facts {
  readonly inventory: Inventory;
  readonly policy: Policy;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly table: Table;
  readonly tags: TagFacts;
  /** When the pull request of a tag was closed; Infinity: it is open; undefined: not known. */
  readonly closedAt: (tag: string) => number | undefined;
}

export function readFacts(inventory: Inventory, policy: Policy, now: Date): Facts {
  const table = tabulate(inventory);
  const tags = tagFacts(table, inventory, policy);
  return { inventory, policy, now: now.getTime(), table, tags, closedAt: closingTimes(inventory) };
}
