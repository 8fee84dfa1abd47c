/** The actions' steps that several workflows share: the one place that names an action. */
import { github, text, type Expression, type Text, type Value } from "../expression";
import { action, tools } from "../pins";
import { uses, type Step, type Values } from "../step";

export interface CheckoutSpec {
  readonly name: string;
  /** `<owner>/<name>`. @default the workflow's own repository */
  readonly repository?: string;
  /** @default the commit that started the workflow; of a pull request its merge with the base */
  readonly ref?: string | Expression;
  /** Where to, from the workspace's top. @default the top */
  readonly folder?: string;
  /** Whether all of the history is fetched, not only the commit. @default false */
  readonly history?: boolean;
}

/** Checks a repository out. The token never stays on disk, where what is built could read it. */
export function checkout(spec: CheckoutSpec): Step {
  return uses({
    name: spec.name,
    action: action("actions/checkout"),
    with: {
      ...given("repository", spec.repository),
      ...given("ref", spec.ref),
      ...given("path", spec.folder),
      ...(spec.history ? { "fetch-depth": 0, filter: "blob:none" } : {}),
      "persist-credentials": false,
    },
  });
}

/** Puts Node on the path, without a cache: a pull request could write what a release reads. */
export function setupNode(): Step {
  return uses({
    name: "Set up Node",
    action: action("actions/setup-node"),
    with: { "node-version": tools.node.version, "package-manager-cache": false },
  });
}

/** Keeps files for later jobs of the run; a second attempt writes its own over them. */
export function upload(spec: {
  readonly name: string;
  readonly artifact: Text;
  readonly path: string | Text;
  readonly evenAfterFailure?: boolean;
  /** How long it is kept. @default 7 */
  readonly days?: number;
}): Step {
  return uses({
    name: spec.name,
    action: action("actions/upload-artifact"),
    ...(spec.evenAfterFailure ? { evenAfterFailure: true } : {}),
    with: {
      name: spec.artifact,
      path: spec.path,
      "if-no-files-found": spec.evenAfterFailure ? "warn" : "error",
      "retention-days": spec.days ?? 7,
      overwrite: true,
    },
  });
}

/** Fetches an earlier job's files: one artifact by name, or all that match a pattern, into one folder. */
export function download(
  spec: { readonly name: string; readonly folder: string } & (
    { readonly artifact: Text } | { readonly pattern: string | Text }
  ),
): Step {
  return uses({
    name: spec.name,
    action: action("actions/download-artifact"),
    with: {
      ...("artifact" in spec ? { name: spec.artifact } : { pattern: spec.pattern, "merge-multiple": true }),
      path: spec.folder,
    },
  });
}

/** Hands a SARIF file to GitHub's code scanning. */
export function uploadSarif(spec: {
  readonly name: string;
  readonly file: Text;
  /** What of the commit it is of: a later file of the same category takes its place. */
  readonly category: Text;
}): Step {
  return uses({
    name: spec.name,
    action: { ...action("github/codeql-action"), folder: "upload-sarif" },
    with: { sarif_file: spec.file, category: spec.category },
  });
}

/** Keeps a folder from run to run: what a run ends with, the next begins with. */
export function cacheFolder(spec: {
  readonly name: string;
  readonly folder: Text;
  /** Another one each run, since a cache is never written over. */
  readonly key: Text;
  /** How the keys of earlier runs begin. */
  readonly restoreKey: Text;
}): Step {
  return uses({
    name: spec.name,
    action: action("actions/cache"),
    with: { path: spec.folder, key: spec.key, "restore-keys": spec.restoreKey },
  });
}

/** A builder of its own for the job, its version pinned. */
export function setupBuildx(): Step {
  return uses({
    name: "Set up the builder",
    action: action("docker/setup-buildx-action"),
    with: {
      version: tools.buildx.version,
      "driver-opts": `image=moby/buildkit:${tools.buildkit.version}@${tools.buildkit.digest}`,
      "cache-binary": false,
    },
  });
}

/** Signs in to the registry with the job's token, until the job ends. */
export function login(registry: string): Step {
  return uses({
    name: "Sign in to the registry",
    action: action("docker/login-action"),
    with: { registry, username: github("actor"), password: github("token") },
  });
}

/** Builds with the runner's own architecture: no emulation, no cache, no attestation (those are attached later). */
export function build<Output extends string>(spec: {
  readonly name: string;
  readonly id: string;
  readonly platform: Expression;
  readonly inputs: Values;
  readonly epoch: Expression;
  readonly output: Text;
  readonly outputs?: readonly Output[];
}): Step<Output> {
  return uses({
    name: spec.name,
    id: spec.id,
    action: action("docker/build-push-action"),
    // No record of the build as an artifact: it would hold what the build was given.
    env: { SOURCE_DATE_EPOCH: spec.epoch, DOCKER_BUILD_RECORD_UPLOAD: false },
    with: {
      ...spec.inputs,
      platforms: spec.platform,
      // Either would make the digest another one each time: a build's time is in them.
      provenance: false,
      sbom: false,
      outputs: spec.output,
    },
    ...(spec.outputs === undefined ? {} : { outputs: spec.outputs }),
  });
}

/** The registry's credentials for the `ghcr` command: the job's own token. */
export const registryCredentials: Values = {
  GHCR_USERNAME: github("actor"),
  GHCR_TOKEN: github("token"),
};

/** `https://github.com/<owner>/<repository>`, of the repository that the workflow is in. */
export const repositoryPage: Text = text`${github("server_url")}/${github("repository")}`;

function given(key: string, value: Value | undefined): Values {
  return value === undefined ? {} : { [key]: value };
}
