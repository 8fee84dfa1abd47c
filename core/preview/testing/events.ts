/** Event logs for tests, as the engine writes them: state and values included, which a reader must drop. */
import fc from "fast-check";
import { engineOperations } from "../events";

/** Stands for every secret: it must turn up nowhere. */
export const canary = "CANARY-hunter2";

export interface FakeStep {
  readonly op: (typeof engineOperations)[number];
  readonly name: string;
  readonly type?: string;
  readonly parent?: string;
  readonly custom?: boolean;
  readonly retain?: boolean;
  readonly paths?: readonly string[];
  readonly keys?: readonly string[];
}

export function urn(type: string, name: string): string {
  return `urn:pulumi:prod::ghcr-platform::${type}::${name}`;
}

const variable = "github:index/actionsVariable:ActionsVariable";
const component = "ghcr-platform:index:ContainerService";

export function serviceUrn(name: string): string {
  return urn(component, name);
}

export function stepLine({ op, name, parent, paths = [], keys, ...step }: FakeStep): string {
  const { type = variable, custom = true, retain = false } = step;
  const state = {
    type,
    urn: urn(type, name),
    custom,
    id: canary,
    parent: parent ?? "",
    retainOnDelete: retain,
    inputs: { value: canary, [canary]: { nested: [canary] } },
    outputs: { value: canary },
    provider: canary,
    initErrors: [canary],
  };
  const metadata = {
    op,
    urn: urn(type, name),
    type,
    old: op === "create" ? null : state,
    new: op === "delete" ? null : state,
    ...(keys === undefined ? {} : { keys }),
    diffs: paths,
    detailedDiff: Object.fromEntries(paths.map((path) => [path, { diffKind: "update", inputDiff: canary }])),
    provider: canary,
  };
  return JSON.stringify({ sequence: 1, timestamp: 2, resourcePreEvent: { metadata, planning: true } });
}

/** A service's component; whatever it holds names it as its parent. */
export function serviceLine(name: string): string {
  return stepLine({ op: "same", name, type: component, custom: false });
}

export function summaryLine(result = "succeeded"): string {
  return JSON.stringify({
    summaryEvent: { result, resourceChanges: { create: 1 }, PolicyPacks: { [canary]: canary } },
  });
}

export function diagnosticLine(type: string, severity: string, message: string, name = "todost"): string {
  return JSON.stringify({
    diagnosticEvent: {
      urn: type === "" ? "" : urn(type, name),
      severity,
      message,
      prefix: canary,
      color: "never",
    },
  });
}

/** Events that hold values and say nothing that is kept. */
export const otherLines: readonly string[] = [
  JSON.stringify({ preludeEvent: { config: { "ghcr-platform:secrets": canary } } }),
  JSON.stringify({ stdoutEvent: { message: canary, color: "" } }),
  JSON.stringify({ resOutputsEvent: JSON.parse(stepLine({ op: "delete", name: canary })).resourcePreEvent }),
  JSON.stringify({
    policyRemediationEvent: { resourceUrn: canary, before: { a: canary }, after: { a: canary } },
  }),
  JSON.stringify({ startDebuggingEvent: { config: { a: canary } } }),
  JSON.stringify({ progressEvent: { message: canary } }),
  JSON.stringify({ cancelEvent: {} }),
  JSON.stringify({ inventedEvent: { message: canary } }),
];

export function logOf(...lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

/** What markdown, HTML, GitHub and a terminal would take for more than text. */
export const hostileTexts: readonly string[] = [
  "@albeorla/owners",
  "</details><img src=x onerror=alert(1)>",
  "`` ` ``` `",
  "\n\n# Nothing changes\n\n",
  "\r\n> [!TIP]\r\n> All is well",
  "| | | | |\n|--|--|",
  "[run](https://example.com)",
  "<!-- ghcr-platform: preview -->",
  "--> <!--",
  "#1 GH-1 albeorla/ghcr-platform#1 https://example.com",
  "a\u202Eeteled\u202C b\u200Bc\u2066d",
  "\u0000\u001B[31m\uFEFF\u2028",
  "::error::owned",
  "\uD800",
  "$`\\href{javascript:x}`$",
  "&lt;b&gt; &#96;",
  "x".repeat(65_536),
  "<".repeat(65_536),
  "",
  "   ",
];

export const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc
    .array(
      fc.constantFrom("`", "\n", "|", "<", ">", "@a", "\\", "*", "_", "[", "](", "#1", "&", "-->", " "),
      {
        maxLength: 20,
      },
    )
    .map((parts) => parts.join("")),
);

/** A log of hostile names, types, paths and messages. */
export const hostileLogs: fc.Arbitrary<string> = fc
  .array(
    fc.record({
      op: fc.constantFrom(...engineOperations),
      name: hostile,
      type: fc.oneof(
        fc.constant(variable),
        hostile.map((text) => text.replaceAll("::", "")),
      ),
      parent: fc.oneof(fc.constant(serviceUrn("todost")), hostile.map(serviceUrn), hostile),
      custom: fc.constant(true),
      retain: fc.boolean(),
      paths: fc.array(hostile, { maxLength: 4 }),
      keys: fc.array(hostile, { maxLength: 3 }),
    }),
    { maxLength: 30 },
  )
  .chain((steps) =>
    fc.record({
      steps: fc.constant(steps),
      messages: fc.array(hostile, { maxLength: 4 }),
      ended: fc.boolean(),
    }),
  )
  .map(({ steps, messages, ended }) =>
    logOf(
      serviceLine("todost"),
      ...steps.map(stepLine),
      ...messages.map((message) => diagnosticLine("ghcr:index:Package", "warning", message)),
      ...(ended ? [summaryLine()] : []),
    ),
  );
