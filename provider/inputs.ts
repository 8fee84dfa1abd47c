/** Inputs as they come from the engine, checked field by field: every fault at once, each at its property. */
import type { Fault } from "../core/errors";
import { containsSecret, containsUnknown, type Checked, type InputFault, type Properties } from "./wire";

/** What one input may be. */
export interface Field {
  /** @default false */
  readonly optional?: boolean;
  /** Faults of a value that is known and not null. */
  faults(value: unknown, property: string): readonly InputFault[];
  /** The value as it is kept. @default as it came */
  kept?(value: unknown): unknown;
}

export type Fields = Readonly<Record<string, Field>>;

/** A value that is not known yet is taken on trust: `up` checks again when it is. */
export function checkInputs(news: Properties, fields: Fields): Checked {
  const given = Object.entries(news).filter(([, value]) => value !== null && value !== undefined);
  const faults = [
    ...given.flatMap(([property, value]) => faultsOf(property, value, fields[property])),
    ...Object.entries(fields)
      .filter(([property, field]) => field.optional !== true && !given.some(([name]) => name === property))
      .map(([property]) => ({ property, reason: "is missing" })),
  ];
  if (faults.length > 0) return { inputs: Object.fromEntries(given), faults };
  const kept = given.map(([property, value]) => {
    const keep = containsUnknown(value) ? undefined : fields[property]?.kept;
    return [property, keep === undefined ? value : keep(value)] as const;
  });
  return { inputs: Object.fromEntries(kept), faults };
}

function faultsOf(property: string, value: unknown, field: Field | undefined): readonly InputFault[] {
  if (field === undefined) return [{ property, reason: "is no input of this resource" }];
  // Names, visibility and rules are shown in previews, log lines and ids.
  if (containsSecret(value)) return [{ property, reason: "must not be a secret: it is shown to people" }];
  return containsUnknown(value) ? [] : field.faults(value, property);
}

/** A field that is text, with what `core` finds wrong with it. */
export function textField(
  faultOf: (where: string, text: string) => Fault | undefined,
  more: Pick<Field, "optional" | "kept"> = {},
): Field {
  return {
    ...more,
    faults(value, property) {
      if (typeof value !== "string") return [{ property, reason: "must be text" }];
      const fault = faultOf(property, value);
      return fault === undefined ? [] : [inputFault(property, fault)];
    },
  };
}

/** `problem (got "value"); fix`, at its property. */
export function inputFault(property: string, { problem, got, fix }: Fault): InputFault {
  return {
    property,
    reason: `${problem}${got === undefined ? "" : ` (got ${JSON.stringify(got)})`}; ${fix}`,
  };
}
