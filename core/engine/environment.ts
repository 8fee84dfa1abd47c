/**
 * The environment that an engine run gets: what makes it fast, each setting with its reason and its price. Nothing
 * here changes what a run does. The sandbox and the rendered workflows take it from here.
 */

/** What the engine is asked to do. */
export type EngineOperation = "preview" | "up" | "refresh" | "destroy";

export interface EngineOptions {
  /** Gives the frames of an exception and the SDK's debug lines back, at twice the program's time. @default false */
  readonly debug?: boolean;
  /** What NODE_OPTIONS holds already; it stays in front. */
  readonly nodeOptions?: string | undefined;
}

/**
 * Variables for one run of the engine, on top of those it would get anyway. Never export them for several runs: an
 * update that inherits the preview's would keep no record of what it made.
 */
export function engineEnvironment(
  operation: EngineOperation,
  { debug = false, nodeOptions = "" }: EngineOptions = {},
): Readonly<Record<string, string>> {
  return {
    // A look at a web site, before anything else.
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // `make typecheck` checks types, once; checking them in every run takes 2.4 s of processor time.
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    // The SDK reads a stack trace for every promise and resource, each mapped to its source: half of the program's
    // time. The price is that an exception shows no frames, so the debug switch takes it back.
    NODE_OPTIONS: [nodeOptions, ...(debug ? [] : ["--stack-trace-limit=0"])].filter(Boolean).join(" "),
    // program.cjs keeps what the SDK says for `--debug` alone to itself, unless it is told not to.
    ...(debug ? { GHCR_DEBUG_LINES: "true" } : {}),
    // With a local or object-store backend the engine serialises and checks the whole state after every step; in a
    // preview it then throws the result away. An update needs it: killed without, it would forget what it made.
    ...(operation === "preview" ? { PULUMI_SKIP_CHECKPOINTS: "true" } : {}),
  };
}
