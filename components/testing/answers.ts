/** What providers and their functions compute, as far as components use it. */
import type { runtime } from "@pulumi/pulumi";

/** Outputs of a resource besides its inputs, by the last part of its type's token. */
export type Answers = Readonly<
  Record<string, (name: string, inputs: Inputs) => Readonly<Record<string, unknown>>>
>;

type Inputs = Readonly<Record<string, unknown>>;

/** A provider's function that was called. */
export interface Invocation {
  /** The last part of its token. */
  readonly kind: string;
  readonly inputs: Inputs;
  /** Name of the provider that it was given. Undefined: the package's default one. */
  readonly provider: string | undefined;
}

/** The index that every mocked build leaves, and its manifests. */
export const builtDigest = `sha256:${"1d".repeat(32)}`;
export const manifestDigests = {
  "linux/amd64": `sha256:${"a6".repeat(32)}`,
  "linux/arm64": `sha256:${"a4".repeat(32)}`,
} as const;

/** Stands for the gate's result: components hand it on as it is. */
export const gateResult = { verdict: "passed" } as const;

const resources: Answers = {
  Repository: (_name, { name }) => ({
    htmlUrl: `https://github.com/albeorla/${String(name)}`,
    fullName: `albeorla/${String(name)}`,
  }),
  Image: () => ({ digest: builtDigest }),
  // As `ghcr` prints its result: of the image that it was given.
  Command: (_name, { stdin = "{}" }) => ({
    stdout: JSON.stringify({
      image: (JSON.parse(String(stdin)) as { image?: string }).image,
      ok: true,
      // In no order that may be relied upon.
      platforms: Object.entries(manifestDigests)
        .reverse()
        .map(([platform, digest]) => ({ platform, digest })),
      result: gateResult,
    }),
  }),
};

const functions: Answers = {
  getRepository: (_name, { fullName }) => ({
    name: String(fullName).split("/")[1],
    defaultBranch: "main",
    htmlUrl: `https://github.com/${String(fullName)}`,
  }),
};

export class MockEngine implements runtime.Mocks {
  readonly invocations: Invocation[] = [];

  constructor(
    private readonly answers: Answers,
    private readonly preview: boolean,
  ) {}

  newResource({ type, name, inputs, custom }: runtime.MockResourceArgs): runtime.MockResourceResult {
    if (this.preview) return { id: undefined, state: inputs as Inputs };
    const kind = lastPart(type);
    const answer = (this.answers[kind] ?? resources[kind])?.(name, inputs as Inputs) ?? {};
    return { id: custom === true ? `${name}-id` : undefined, state: { ...(inputs as Inputs), ...answer } };
  }

  call({ token, inputs, provider }: runtime.MockCallArgs): runtime.MockCallResult {
    const kind = lastPart(token);
    this.invocations.push({
      kind,
      inputs: inputs as Inputs,
      provider: provider?.split("::").at(-2) || undefined,
    });
    const answer = this.answers[kind] ?? functions[kind];
    if (answer === undefined) throw new Error(`no answer to ${token}`);
    return answer("", inputs as Inputs);
  }
}

function lastPart(token: string): string {
  return token.split(":").at(-1) ?? "";
}
