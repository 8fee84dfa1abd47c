/**
 * The stack's configuration: the keys of `Pulumi.<stack>.yaml`, their types and defaults, and the line that
 * mends each one. `Pulumi.yaml` declares the same keys; a test holds the two together.
 */
import { z } from "zod";
import { PlatformError, type Fault } from "../errors";
import { imageReferenceFault, ownerFault, registryHostFault } from "../names";
import { defaultDatabase } from "../scan";
import type { DeclaredPlatform } from "./declaration";

/** A BuildKit node: where it is and what it builds. */
export interface BuilderNode {
  /** Buildx endpoint; `unix:///…` or `tcp://…` for `remote`, a Docker context or host for `docker-container`. */
  readonly endpoint?: string;
  readonly platforms: readonly DeclaredPlatform[];
}

/** A stack's configuration, validated, defaults filled in. Secrets are not in here but for whether they exist. */
export interface Settings {
  readonly owner: string;
  /** The group of services that the stack declares. Undefined: those of no group, and the platform's repository. */
  readonly group: string | undefined;
  /** Registry host, `ghcr.io` in production. */
  readonly registry: string;
  /** Base URL of GitHub's REST API. */
  readonly githubUrl: string;
  /** Pauses of the GitHub provider, in milliseconds, and whether it asks in parallel. */
  readonly githubPace: {
    readonly writeDelayMs: number;
    readonly retryDelayMs: number;
    readonly parallelRequests: boolean;
  };
  /** GitHub App that the provider signs in as. Undefined: a token. */
  readonly githubApp: { readonly id: string; readonly installationId: string } | undefined;
  readonly builder: {
    readonly driver: "docker-container" | "kubernetes" | "remote";
    readonly nodes: readonly BuilderNode[];
  };
  /** Whether this stack's `up` builds the images of services that say `publish: "up"`; `workflow`: none. */
  readonly publish: "up" | "workflow";
  /** What stands for a runtime's public base image, by runtime. */
  readonly baseImages: { readonly python?: string; readonly node?: string };
  /** Where a build cache lives: beside the image as `buildcache-<service>`, or only in the builder. */
  readonly buildCache: "registry" | "builder";
  /** References of the scanner's vulnerability database, the first that answers, with commas between them. */
  readonly vulnerabilityDatabase: string;
}

const platform = z.enum(["linux/amd64", "linux/arm64"]);
const milliseconds = z.int().min(0).max(60_000);

/** Every key of the `ghcr-platform` namespace. Pulumi hands objects and arrays over as JSON. */
const shape = z.strictObject({
  owner: z.string(),
  group: z.string().default(""),
  registry: z.string().default("ghcr.io"),
  githubUrl: z.url().default("https://api.github.com/"),
  githubWriteDelayMs: milliseconds.default(1000),
  githubRetryDelayMs: milliseconds.default(1000),
  githubParallelRequests: z.boolean().default(false),
  githubAppId: z.string().optional(),
  githubAppInstallationId: z.string().optional(),
  githubAppKey: z.string().optional(),
  githubToken: z.string().optional(),
  registryUsername: z.string().optional(),
  registryPassword: z.string().optional(),
  builderDriver: z.enum(["docker-container", "kubernetes", "remote"]).default("docker-container"),
  builderNodes: z
    .array(z.strictObject({ endpoint: z.string().optional(), platforms: z.array(platform).min(1) }))
    .min(1)
    .default([{ platforms: ["linux/amd64", "linux/arm64"] }]),
  baseImages: z.strictObject({ python: z.string().optional(), node: z.string().optional() }).default({}),
  buildCache: z.enum(["registry", "builder"]).default("registry"),
  publish: z.enum(["up", "workflow"]).default("up"),
  vulnerabilityDatabase: z.string().default(defaultDatabase),
  secrets: z.record(z.string(), z.record(z.string(), z.string())).default({}),
});

type Key = keyof z.infer<typeof shape>;

/** Keys whose value is a secret: never read here beyond their presence, never echoed in an error. */
export const secretKeys: readonly Key[] = ["githubAppKey", "githubToken", "registryPassword", "secrets"];

/** All keys, in the order in which they are documented. */
export const settingKeys = Object.keys(shape.shape) as readonly Key[];

/**
 * Reads the stack's configuration.
 * @param raw the values of this project's namespace, without the namespace; structured ones as JSON text
 * @throws PlatformError with every fault at once
 */
export function parseSettings(stack: string, raw: Readonly<Record<string, string>>): Settings {
  const parsed = shape.safeParse(
    Object.fromEntries(Object.entries(raw).map(([key, text]) => [key, decode(key, text)])),
  );
  if (!parsed.success) {
    throw new PlatformError(parsed.error.issues.flatMap((issue) => issueFaults(stack, raw, issue)));
  }
  const values = parsed.data;
  const faults = [
    ownerFault(where(stack, "owner"), values.owner),
    registryHostFault(where(stack, "registry"), values.registry),
    togetherFault(stack, values, "a GitHub App needs its id, its installation's id and its private key", [
      "githubAppId",
      "githubAppInstallationId",
      "githubAppKey",
    ]),
    togetherFault(stack, values, "signing in to the registry needs a user name and a password", [
      "registryUsername",
      "registryPassword",
    ]),
    ...Object.entries(values.baseImages).map(([runtime, image]) =>
      image === undefined ? undefined : imageReferenceFault(where(stack, `baseImages.${runtime}`), image),
    ),
    ...values.vulnerabilityDatabase
      .split(",")
      .map((reference) => imageReferenceFault(where(stack, "vulnerabilityDatabase"), reference)),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) throw new PlatformError(faults);
  return {
    owner: values.owner,
    group: values.group === "" ? undefined : values.group,
    registry: values.registry,
    githubUrl: values.githubUrl,
    githubPace: {
      writeDelayMs: values.githubWriteDelayMs,
      retryDelayMs: values.githubRetryDelayMs,
      parallelRequests: values.githubParallelRequests,
    },
    githubApp:
      values.githubAppId !== undefined && values.githubAppInstallationId !== undefined
        ? { id: values.githubAppId, installationId: values.githubAppInstallationId }
        : undefined,
    builder: {
      driver: values.builderDriver,
      nodes: values.builderNodes.map(({ endpoint, platforms }) =>
        endpoint === undefined ? { platforms } : { endpoint, platforms },
      ),
    },
    publish: values.publish,
    baseImages: {
      ...(values.baseImages.python === undefined ? {} : { python: values.baseImages.python }),
      ...(values.baseImages.node === undefined ? {} : { node: values.baseImages.node }),
    },
    buildCache: values.buildCache,
    vulnerabilityDatabase: values.vulnerabilityDatabase,
  };
}

/** Text of one key as the value it stands for; text that must stay text (an id of digits only) is left alone. */
function decode(key: string, text: string): unknown {
  const field: z.ZodType | undefined = shape.shape[key as Key];
  if (field === undefined || field.safeParse(text).success) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function issueFaults(stack: string, raw: Readonly<Record<string, string>>, issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === "unrecognized_keys" && issue.path.length === 0) {
    return issue.keys.map((key) => ({
      code: "unknown-config-key",
      where: where(stack, key),
      problem: `no such key; known are ${settingKeys.join(", ")}`,
      fix: `pulumi config rm ghcr-platform:${key} --stack ${stack}`,
    }));
  }
  const key = String(issue.path[0] ?? "");
  const secret = (secretKeys as readonly string[]).includes(key);
  const missing = raw[key] === undefined;
  return [
    {
      code: missing ? "missing-config" : "invalid-config",
      where: where(stack, issue.path.join(".")),
      problem: missing ? "must be set" : issue.message,
      ...(missing || secret ? {} : { got: String(raw[key]) }),
      fix: setLine(stack, key),
    },
  ];
}

function where(stack: string, key: string): string {
  return `Pulumi.${stack}.yaml: ghcr-platform:${key}`;
}

/** Keys of which all are set, or none. */
function togetherFault(
  stack: string,
  values: z.infer<typeof shape>,
  why: string,
  keys: readonly Key[],
): Fault | undefined {
  const missing = keys.filter((key) => values[key] === undefined);
  if (missing.length === 0 || missing.length === keys.length) return undefined;
  return {
    code: "incomplete-config",
    where: where(stack, missing[0] ?? ""),
    problem: `${why} together`,
    fix: missing.map((key) => setLine(stack, key)).join("; "),
  };
}

function setLine(stack: string, key: string): string {
  const secret = (secretKeys as readonly string[]).includes(key);
  return `pulumi config set ${secret ? "--secret " : ""}ghcr-platform:${key} <value> --stack ${stack}`;
}
