/** What a provider plugin answers, in plain values: `server.ts` puts it on the wire. */
import type { Properties } from "./property-values";

/** The resource that a call is about. */
export interface ResourceOf {
  readonly urn: string;
  /** Its type's token, e.g. `ghcr:index:Package`. */
  readonly type: string;
}

/** A fault of one property, in the form that the engine shows beside the resource. */
export interface InputFault {
  /** `policy.rules[0].count`; empty for a fault of the whole. */
  readonly property: string;
  readonly reason: string;
}

/** The inputs as they will be kept, and all that is wrong with them. */
export interface Checked {
  readonly inputs: Properties;
  readonly faults: readonly InputFault[];
}

export interface Difference {
  /** Names of the inputs that differ. */
  readonly changed: readonly string[];
  /** Those of them that only a new resource can change. */
  readonly replaces: readonly string[];
  /** What differs within them, by path, e.g. `files["a.yml"]`. @default the inputs by their names alone */
  readonly paths?: Readonly<Record<string, "add" | "delete" | "update">>;
}

export interface ReadResource {
  readonly id: string;
  readonly properties: Properties;
  readonly inputs: Properties;
}

/**
 * One provider. What a function throws becomes the call's failure, its message told to the user; so no message
 * may hold a secret.
 */
export interface ProviderPlugin {
  readonly version: string;
  /** The package schema as JSON text. */
  schema(): string;
  /** The provider's own configuration, before `configure`. */
  checkConfig(news: Properties): Checked;
  /** Called once, before any resource. Values may be unknown in a preview, and secret. */
  configure(config: Properties): Promise<void>;
  check(resource: ResourceOf, news: Properties): Promise<Checked>;
  /** @param state outputs as they were last recorded */
  diff(resource: ResourceOf, oldInputs: Properties, news: Properties, state: Properties): Promise<Difference>;
  /** @returns without an id in a preview, which changes nothing */
  create(resource: ResourceOf, inputs: Properties, preview: boolean): Promise<Created>;
  /** @returns the new properties */
  update(resource: ResourceOf, change: Change, preview: boolean): Promise<Properties>;
  /** Undefined: there is no such resource any more. */
  read(resource: ResourceOf, known: ReadResource): Promise<ReadResource | undefined>;
  delete(resource: ResourceOf, state: Properties): Promise<void>;
  invoke(token: string, args: Properties): Promise<Properties>;
  /** The engine gives up: what runs is to end soon. Resolves when it has. */
  cancel(): Promise<void>;
  /** What is said to a call that the plugin has no answer to, e.g. `a component`. */
  refusal(call: string): string;
}

export interface Created {
  readonly id?: string;
  readonly properties: Properties;
}

export interface Change {
  /** Properties as they were last recorded. */
  readonly state: Properties;
  readonly oldInputs: Properties;
  readonly inputs: Properties;
}

/** The type's token in `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}
