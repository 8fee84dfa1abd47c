/** The provider as a plugin: its configuration, and which kind of resource answers which call. */
import { answerCacheFolder } from "../clients/answer-cache";
import { manifestCacheFolder } from "../clients/manifest-cache";
import { createRedactor } from "../clients/redaction";
import { registryHostFault } from "../core/names";
import {
  FILE_SET_TYPE,
  PACKAGE_TYPE,
  RETENTION_TYPE,
  schemaJson,
  USAGE_FUNCTION,
  VERSION,
} from "./description";
import { githubAccess } from "./github-access";
import { textField, type Field, type Fields } from "./inputs";
import { PackageReader } from "./package-reader";
import { fileSetKind } from "./resources/file-set";
import { packageKind } from "./resources/package";
import type { Context, ResourceKind, ResourceLog } from "./resources/resource";
import { retentionKind } from "./resources/retention";
import { usage } from "./resources/usage";
import {
  containsUnknown,
  refused,
  reveal,
  secret,
  type EngineLog,
  type InputFault,
  type Properties,
  type ProviderPlugin,
  type ResourceOf,
} from "./wire";

export interface GhcrPluginOptions {
  readonly log: EngineLog;
  /** GHCR_TOKEN and GITHUB_TOKEN stand in for a configured token; XDG_CACHE_HOME moves the cache of manifests. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

const kinds: Readonly<Record<string, ResourceKind>> = {
  [FILE_SET_TYPE]: fileSetKind,
  [PACKAGE_TYPE]: packageKind,
  [RETENTION_TYPE]: retentionKind,
};

export function ghcrPlugin({ log, environment, now }: GhcrPluginOptions): ProviderPlugin {
  const cancellation = new AbortController();
  const redactor = createRedactor();
  let context: Context | undefined;

  function configured(): Context {
    if (context === undefined) throw new Error("the engine asked before it configured the provider");
    return context;
  }

  return {
    version: VERSION,
    schema: schemaJson,
    checkConfig(news) {
      const given = secretKeys.filter((key) => news[key] !== undefined);
      return {
        inputs: { ...news, ...Object.fromEntries(given.map((key) => [key, secret(news[key])])) },
        faults: configFaults(news),
      };
    },
    async configure(config) {
      const text = (name: string): string | undefined => {
        const value = reveal(config[name]);
        return typeof value === "string" && value !== "" && !containsUnknown(value) ? value : undefined;
      };
      const token = text("token") ?? (environment["GHCR_TOKEN"] || environment["GITHUB_TOKEN"] || undefined);
      const githubToken = text("githubToken") ?? (environment["GITHUB_TOKEN"] || token);
      const [id, installationId, key] = [
        text("githubAppId"),
        text("githubAppInstallationId"),
        text("githubAppKey"),
      ];
      for (const value of [token, githubToken, key]) if (value !== undefined) redactor.add(value);
      const githubUrl = text("githubUrl") ?? "https://api.github.com/";
      const line = resourceLog(log, (words) => redactor.redact(words));
      const access = githubAccess({
        githubUrl,
        token: githubToken,
        app:
          id === undefined || installationId === undefined || key === undefined
            ? undefined
            : { id, installationId, key },
        // Of a program's provider a number, of the stack's configuration its text.
        writeDelayMs: Number(reveal(config["writeDelayMs"]) ?? 1000),
        signal: cancellation.signal,
        onWait: (milliseconds, why) => line.info(`${why}: waiting ${Math.ceil(milliseconds / 1000)} s`, ""),
      });
      const reader = new PackageReader({
        githubUrl,
        registry: text("registry") ?? "ghcr.io",
        token,
        cacheFolder: manifestCacheFolder(environment),
        answerFolder: answerCacheFolder(environment),
        now,
        signal: cancellation.signal,
      });
      context = { reader, ...access, log: line, now };
    },
    async check(resource, news) {
      return kindOf(resource).check(news);
    },
    async diff(resource, oldInputs, news, state) {
      return kindOf(resource).diff(configured(), resource.urn, oldInputs, news, state);
    },
    async create(resource, inputs, preview) {
      return kindOf(resource).create(configured(), resource.urn, inputs, preview);
    },
    async update(resource, change, preview) {
      return kindOf(resource).update(configured(), resource.urn, change, preview);
    },
    async read(resource, known) {
      return kindOf(resource).read(configured(), resource.urn, known);
    },
    async delete(resource, state) {
      kindOf(resource).delete(configured(), resource.urn, state);
    },
    async invoke(token, args) {
      if (token !== USAGE_FUNCTION) throw refused(refusal(`function ${token}`));
      return usage(configured(), args);
    },
    async cancel() {
      cancellation.abort();
    },
    refusal,
  };
}

/** What is kept as a secret, however it is given. */
const secretKeys = ["token", "githubToken", "githubAppKey"];

/** Never echoed, whatever is wrong with it. */
const unechoed: Field = {
  faults: (value, property) => (typeof value === "string" ? [] : [{ property, reason: "must be text" }]),
};

const configFields: Fields = {
  githubUrl: textField((where, text) =>
    URL.canParse(text)
      ? undefined
      : {
          code: "invalid-url",
          where,
          problem: "must be a URL",
          got: text,
          fix: "write it like https://api.github.com/",
        },
  ),
  registry: textField(registryHostFault),
  writeDelayMs: {
    faults: (value, property) =>
      /^\d{1,5}$/.test(String(value))
        ? []
        : [{ property, reason: "must be a number of milliseconds, at most 99999" }],
  },
  ...Object.fromEntries(secretKeys.map((key) => [key, unechoed])),
};

/** Values that are secret or not known yet are taken on trust; `version` and the like are the engine's own. */
function configFaults(news: Properties): readonly InputFault[] {
  return Object.entries(configFields).flatMap(([property, field]) => {
    const value = reveal(news[property]);
    return value === undefined || containsUnknown(value) ? [] : field.faults(value, property);
  });
}

function kindOf({ type, urn }: ResourceOf): ResourceKind {
  const kind = kinds[type];
  if (kind === undefined) throw refused(refusal(`resource ${type || urn}`));
  return kind;
}

function refusal(call: string): string {
  return `${call} is not in the ghcr provider ${VERSION}; it has ${[...Object.keys(kinds), USAGE_FUNCTION].join(", ")}`;
}

/** Lines without the token, and what holds for every resource once. */
function resourceLog(log: EngineLog, redact: (line: string) => string): ResourceLog {
  const said = new Set<string>();
  return {
    info: (line, urn) => log.info(redact(line), urn),
    warn: (line, urn) => log.warn(redact(line), urn),
    progress: (line, urn) => log.progress(redact(line), urn),
    notSeen(look, what, urn) {
      if (!look.everywhere) return log.warn(redact(`${what}: ${look.why}`), urn);
      if (said.has(look.why)) return;
      said.add(look.why);
      log.warn(
        redact(
          `packages are not compared with GitHub, and what a policy would free is not shown: ${look.why}`,
        ),
        "",
      );
    },
  };
}
