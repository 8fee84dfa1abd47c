/** Platforms that images are built for: OCI image specification 1.1, image-index.md, "platform". */
import type { Fault } from "../errors";
import { checked } from "./checked";

declare const brand: unique symbol;

/** The platforms that services are built for. */
export const knownPlatforms = ["linux/amd64", "linux/arm64"] as const;
export type KnownPlatform = (typeof knownPlatforms)[number];

/** `os/architecture` or `os/architecture/variant` in the Go runtime's words, in the one spelling of each platform. */
export type Platform = KnownPlatform | (string & { readonly [brand]: "Platform" });

export interface PlatformParts {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | undefined;
}

const grammar = /^([a-z0-9]+)\/([a-z0-9]+)(?:\/([a-z0-9]+(?:\.[a-z0-9]+)*))?$/;

/** A variant that says no more than its architecture does, and the one that `arm` means: containerd's rule. */
const spellings: Readonly<Record<string, string>> = {
  "amd64/v1": "amd64",
  "arm64/v8": "arm64",
  arm: "arm/v7",
};

/** What other tools call an architecture, for the proposal in an error. */
const nicknames: Readonly<Record<string, string>> = {
  x86_64: "amd64",
  "x86-64": "amd64",
  aarch64: "arm64",
  armv8: "arm64",
};

export function isKnownPlatform(text: string): text is KnownPlatform {
  return (knownPlatforms as readonly string[]).includes(text);
}

/**
 * Reads `os/architecture[/variant]`; `linux/arm64/v8` is `linux/arm64`, as registries and builders treat them.
 * @throws PlatformError `invalid-platform`
 */
export function parsePlatform(where: string, text: string): Platform {
  return canonical(checked(text, platformFault(where, text)));
}

/** The platform of an index's entry; undefined for what is no image's, such as an attestation's `unknown/unknown`. */
export function platformOf(entry: {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}): Platform | undefined {
  const { os, architecture, variant } = entry;
  const text = [os, architecture, ...(variant === undefined || variant === "" ? [] : [variant])].join("/");
  return platformFault("platform", text) === undefined ? canonical(text) : undefined;
}

export function platformFault(where: string, text: string): Fault | undefined {
  const match = grammar.exec(text);
  if (match !== null && match[1] !== "unknown" && match[2] !== "unknown") return undefined;
  return {
    code: "invalid-platform",
    where,
    problem: "must be os/architecture or os/architecture/variant in lower case",
    got: text,
    fix: `write it like ${likely(text) ?? knownPlatforms.join(" or ")}`,
  };
}

export function platformParts(platform: Platform): PlatformParts {
  const [os = "", architecture = "", variant] = platform.split("/");
  return { os, architecture, variant };
}

function canonical(text: string): Platform {
  const slash = text.indexOf("/");
  const machine = text.slice(slash + 1);
  return `${text.slice(0, slash)}/${spellings[machine] ?? machine}` as Platform;
}

function likely(text: string): KnownPlatform | undefined {
  const architecture = text.toLowerCase().split("/").at(-1) ?? "";
  return knownPlatforms.find((known) => known === `linux/${nicknames[architecture] ?? architecture}`);
}
