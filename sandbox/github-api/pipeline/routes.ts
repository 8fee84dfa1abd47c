/** Which documented operation a method and path mean. */
import type { Description, Operation } from "./description";

export interface Match {
  readonly operation: Operation;
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** Parameters that take slashes, where clients send them bare. */
const spanning = new Set(["path", "ref", "branch", "basehead", "tree_sha", "dir", "tag", "sha"]);

interface Route {
  readonly operation: Operation;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly rank: readonly [fixed: number, spanning: number];
}

export class Router {
  readonly #routes = new Map<string, Route[]>();

  constructor(description: Description) {
    for (const operation of description.operations) {
      const routes = this.#routes.get(operation.method) ?? [];
      routes.push(route(operation));
      this.#routes.set(operation.method, routes);
    }
    // `…/branches/{branch}/rename` before `…/branches/{branch}`, which would swallow it.
    for (const routes of this.#routes.values()) {
      routes.sort((a, b) => b.rank[0] - a.rank[0] || a.rank[1] - b.rank[1]);
    }
  }

  /** @param path raw, as it came: `%2F` within a parameter is no separator */
  match(method: string, path: string): Match | undefined {
    for (const { operation, pattern, names } of this.#routes.get(method) ?? []) {
      const found = pattern.exec(path);
      if (found === null) continue;
      const values = names.map((name, at) => [name, decode(found[at + 1] ?? "")] as const);
      if (values.some(([, value]) => value === undefined)) return undefined;
      return { operation, params: Object.fromEntries(values) as Record<string, string> };
    }
    return undefined;
  }
}

function route(operation: Operation): Route {
  const names: string[] = [];
  const segments = operation.template.split("/").slice(1);
  const parts = segments.map((segment) => {
    const name = /^\{(.+)\}$/.exec(segment)?.[1];
    if (name === undefined) return `/${segment.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`;
    names.push(name);
    // The root folder's contents are asked for as `/contents` and as `/contents/`.
    if (name === "path") return "(?:/(.*))?";
    return spanning.has(name) ? "/(.+)" : "/([^/]+)";
  });
  const fixed = segments.filter((segment) => !segment.startsWith("{")).length;
  const wide = names.filter((name) => spanning.has(name)).length;
  return { operation, pattern: new RegExp(`^${parts.join("")}$`), names, rank: [fixed, wide] };
}

function decode(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}
