/**
 * Declares resources against a mocked engine, and shows what a real one would have been told. What is recorded are
 * the requests themselves, not the mocks' view of them: options such as `retainOnDelete`, dependencies and the mark
 * that makes a value a secret stand only there.
 */
import * as pulumi from "@pulumi/pulumi";
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { MockEngine, type Answers, type Invocation } from "./answers";
import { readValues, type Values } from "./values";

export { plainText, secret, unknown, type Values } from "./values";

/** One resource as it was registered. */
export interface Registration {
  /** Its type's token, e.g. `github:index/repository:Repository`. */
  readonly type: string;
  /** The last part of the token, e.g. `Repository`; of a provider, the provider's name. */
  readonly kind: string;
  readonly name: string;
  readonly urn: string;
  /** Undefined for what the program itself declares. */
  readonly parent: Registration | undefined;
  readonly custom: boolean;
  /** Inputs, secrets as `secret(value)`, what is not known yet as `unknown`. */
  readonly inputs: Values;
  /** Id of the existing resource that it takes over. */
  readonly importId: string | undefined;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  /** What replaces it when it changes, besides inputs. Undefined where nothing does. */
  readonly replacementTrigger: unknown;
  /** Name of the provider that it was given. Undefined: the package's default one. */
  readonly provider: string | undefined;
  /** URNs of what it takes values from or is told to wait for. */
  readonly dependencies: readonly string[];
}

/** A file as a `FileSet` has it. */
export interface DeclaredFile {
  readonly repository: string;
  readonly branch: string;
  readonly path: string;
  readonly content: string;
}

export interface DeclareOptions {
  /** What providers compute, on top of `answers.ts`: by kind, from a resource's name and inputs. */
  readonly answers?: Answers;
  /** A preview of a stack that holds nothing yet: whatever a provider computes is unknown. @default false */
  readonly preview?: boolean;
  /** The stack's configuration with its namespace, e.g. `ghcr-platform:owner`. @default none */
  readonly config?: Readonly<Record<string, string>>;
  /** Keys of it that are secret. @default none */
  readonly secretKeys?: readonly string[];
}

/** Runs a program to its end: all that it declares is registered when this returns. */
export async function declare<T>(
  program: () => T | Promise<T>,
  options: DeclareOptions = {},
): Promise<Declared<T>> {
  const { preview = false, config = {}, secretKeys = [], answers = {} } = options;
  const engine = new MockEngine(answers, preview);
  await pulumi.runtime.setMocks(engine, "ghcr-platform", "test", preview);
  pulumi.runtime.setAllConfig({ ...config }, [...secretKeys]);
  const journal = new Journal();
  journal.listen();
  let result: T;
  try {
    result = await program();
  } finally {
    // Waits for the requests that are under way, also where the program threw.
    await pulumi.runtime.disconnect();
    pulumi.runtime.setAllConfig({});
  }
  // The SDK drops the error of a request that fails, and the resource would be missing without a word.
  if (journal.errors.length > 0) throw new AggregateError(journal.errors, String(journal.errors[0]));
  return new Declared(result, journal.registrations, journal.outputs, engine.invocations);
}

/** The value of an output, once it is known. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** What a program declared. */
export class Declared<T> {
  constructor(
    /** What the program returned. */
    readonly result: T,
    readonly registrations: readonly Registration[],
    private readonly outputs: ReadonlyMap<string, Values>,
    /** Functions of providers that were called. */
    readonly invocations: readonly Invocation[],
  ) {}

  /** The one resource of a kind with a name. */
  get(kind: string, name: string): Registration {
    const found = this.registrations.filter((each) => each.kind === kind && each.name === name);
    if (found.length === 1 && found[0] !== undefined) return found[0];
    throw new Error(`${found.length} times ${kind} ${name} among\n${this.tree().join("\n")}`);
  }

  /** Every resource of a kind, by name. */
  all(kind: string): readonly Registration[] {
    return this.registrations.filter((each) => each.kind === kind).sort(byName);
  }

  /** Every file of every set, in the sets' order and by path. */
  files(): readonly DeclaredFile[] {
    return this.all("FileSet").flatMap(({ inputs }) =>
      Object.entries(inputs["files"] as Readonly<Record<string, string>>).map(([path, content]) => ({
        ...{ repository: String(inputs["repository"]), branch: String(inputs["branch"]), path, content },
      })),
    );
  }

  /** What a component said of itself when it was done; undefined where it never did. */
  outputsOf({ urn }: Registration): Values | undefined {
    return this.outputs.get(urn);
  }

  /** A line a resource, `<kind> <name>`, children indented below their parents and sorted by name. */
  tree(parent?: Registration, indent = ""): readonly string[] {
    return this.registrations
      .filter((each) => each.parent === parent)
      .sort(byName)
      .flatMap((each) => [`${indent}${each.kind} ${each.name}`, ...this.tree(each, `${indent}  `)]);
  }

  /**
   * Whether the engine creates one before the other, and deletes it after: by what the later one, or a parent of
   * it, takes from or waits for. Not by when it was asked, which a slow provider changes.
   */
  comesBefore(earlier: Registration, later: Registration): boolean {
    const byUrn = new Map(this.registrations.map((each) => [each.urn, each]));
    const seen = new Set<string>();
    const open = [later];
    for (let each = open.pop(); each !== undefined; each = open.pop()) {
      for (const urn of [...each.dependencies, ...(each.parent === undefined ? [] : [each.parent.urn])]) {
        const next = byUrn.get(urn);
        if (next === undefined || seen.has(urn)) continue;
        seen.add(urn);
        open.push(next);
      }
    }
    return seen.has(earlier.urn);
  }
}

function byName(a: Registration, b: Registration): number {
  return `${a.name} ${a.kind}` < `${b.name} ${b.kind}` ? -1 : 1;
}

/** The methods of the engine's client that are listened to. */
interface Monitor {
  registerResource(request: RegisterResourceRequest, done: Done<{ getUrn(): string }>): unknown;
  registerResourceOutputs(request: RegisterResourceOutputsRequest, done: Done<unknown>): unknown;
}

type Done<T> = (error: unknown, answer: T) => void;

class Journal {
  readonly registrations: Registration[] = [];
  readonly outputs = new Map<string, Values>();
  readonly errors: unknown[] = [];

  listen(): void {
    // The client that setMocks has just made: its methods are its own, and nobody else holds it.
    const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, done) =>
      register(request, (error, answer) => {
        if (error === null) this.registrations.push(this.registration(request, answer.getUrn()));
        else this.errors.push(error);
        done(error, answer);
      });
    const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
    monitor.registerResourceOutputs = (request, done) => {
      this.outputs.set(request.getUrn(), readValues(request.getOutputs()));
      return registerOutputs(request, done);
    };
  }

  private registration(request: RegisterResourceRequest, urn: string): Registration {
    return {
      type: request.getType(),
      kind: request.getType().split(":").at(-1) ?? "",
      name: request.getName(),
      urn,
      parent: this.registrations.find((each) => each.urn === request.getParent()),
      custom: request.getCustom(),
      inputs: readValues(request.getObject()),
      importId: request.getImportid() || undefined,
      retainOnDelete: request.getRetainondelete() ?? false,
      deleteBeforeReplace: request.getDeletebeforereplace(),
      replacementTrigger: request.getReplacementTrigger()?.toJavaScript(),
      provider: request.getProvider().split("::").at(-2),
      dependencies: request.getDependenciesList(),
    };
  }
}
