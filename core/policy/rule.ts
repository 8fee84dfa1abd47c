import type { ResourceFacts, StackResource } from "./resource";

/**
 * `mandatory` stops the preview or the update. `advisory` is told and stops nothing: it is for what may be right in
 * a case of its own, or needs a plan that not everyone has.
 */
export type Level = "mandatory" | "advisory";

/** One thing that a resource may not be. Says where, never what was found there: it is printed unmasked. */
export interface Finding {
  /** The property, e.g. `content, line 12`. */
  readonly where: string;
  /** What is wrong, in one sentence without a full stop. */
  readonly problem: string;
  /** What the user does about it. */
  readonly fix: string;
}

/** What no service may switch off. */
export interface Rule {
  /** Kebab-case; the engine prints it. */
  readonly name: string;
  readonly level: Level;
  /** What holds where it is kept, in one sentence. */
  readonly description: string;
  /** Judges a resource before it is made or changed. @default nothing to judge */
  readonly resource?: {
    /** Tokens of the types that it looks at. */
    readonly types: readonly string[];
    readonly check: (resource: ResourceFacts) => readonly Finding[];
  };
  /** Judges resources by one another, at a preview's or an update's end. @default nothing to judge */
  readonly stack?: (stack: Stack) => readonly (Finding & { readonly urn: string })[];
}

/** All resources of a stack, with what each can reach. */
export class Stack {
  private readonly byUrn: ReadonlyMap<string, StackResource>;

  constructor(readonly resources: readonly StackResource[]) {
    this.byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  }

  ofType(...types: readonly string[]): readonly StackResource[] {
    return this.resources.filter(({ type }) => types.includes(type));
  }

  /** The components that a resource is in, the nearest first. */
  ancestors(resource: StackResource): readonly StackResource[] {
    const found: StackResource[] = [];
    let parent = this.byUrn.get(resource.parent ?? "");
    while (parent !== undefined && !found.includes(parent)) {
      found.push(parent);
      parent = this.byUrn.get(parent.parent ?? "");
    }
    return found;
  }

  /**
   * URNs of all that must be there before the resource is made, at any distance. A child waits for its component,
   * and so for all that this waits for.
   */
  comesAfter(resource: StackResource): ReadonlySet<string> {
    const seen = new Set<string>();
    const open = waitsFor(resource);
    for (let urn = open.pop(); urn !== undefined; urn = open.pop()) {
      if (seen.has(urn)) continue;
      seen.add(urn);
      const next = this.byUrn.get(urn);
      if (next !== undefined) open.push(...waitsFor(next));
    }
    return seen;
  }
}

function waitsFor({ dependencies, parent }: StackResource): string[] {
  return [...dependencies, ...(parent === undefined ? [] : [parent])];
}

/** A finding as the engine prints it. */
export function formatFinding({ where, problem, fix }: Finding): string {
  return `${where}: ${problem}\n  fix: ${fix}`;
}
