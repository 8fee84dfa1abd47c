/**
 * Where clients or GitHub itself are known to differ from GitHub's description. One table: whatever is not in it
 * is held to the description.
 */

export interface Deviation {
  /** operationId. */
  readonly operation: string;
  readonly why: string;
  /** A body that clients send, and that the description doesn't take. */
  readonly example: Readonly<Record<string, unknown>>;
  /** Changes the operation's description in place. */
  readonly change: (operation: Record<string, unknown>) => void;
}

type Node = Record<string, unknown>;

function at(node: unknown, ...path: readonly string[]): Node {
  return path.reduce<unknown>((inner, key) => (inner as Node)[key], node) as Node;
}

function bodySchema(operation: Node): Node {
  return at(operation, "requestBody", "content", "application/json", "schema");
}

export const deviations: readonly Deviation[] = [
  {
    operation: "repos/create-or-update-environment",
    why: "the Terraform provider sends can_admins_bypass, and GitHub takes it; the description forbids it",
    example: { can_admins_bypass: false },
    change: (operation) => {
      at(bodySchema(operation), "properties")["can_admins_bypass"] = { type: "boolean" };
    },
  },
];
