/** Which tools there are, at which version, and how each one is asked for, downloaded or built. */

export type ToolName =
  | "pulumi"
  | "pulumi-language-nodejs"
  | "pulumi-resource-github"
  | "pulumi-resource-docker"
  | "pulumi-resource-docker-build"
  | "pulumi-resource-command"
  | "buildkitd"
  | "buildctl"
  | "registry"
  | "trivy"
  | "vulnerability-db"
  | "cosign";

/** One thing that is installed, downloaded or built as a whole. */
export interface ToolSpec {
  /** The executable that gives it its name. */
  readonly name: ToolName;
  readonly version: string;
  /** Every executable it brings, itself first. */
  readonly executables: readonly ToolName[];
  /** A plugin of the engine, called `pulumi-resource-<plugin>`. Undefined: a program on PATH. */
  readonly plugin?: string;
  /** How an installed one is asked, and what it answers at the right version. Undefined: it is not looked for. */
  readonly ask?: { readonly args: readonly string[]; readonly answer: RegExp };
  /** How it is built from the Go module proxy. Undefined: it can't be. */
  readonly go?: GoBuild;
  /**
   * Where it is of use. `when asked for`: where `ToolchainOptions.also` names it; `where it can be built`: what
   * needs it does without it elsewhere. @default everywhere
   */
  readonly only?: "root on Linux" | "when asked for" | "where it can be built";
}

/** A build from `go/<folder>`. */
export interface GoBuild {
  readonly folder: string;
  /** Package by executable; `./…` lies in the folder itself. */
  readonly packages: Readonly<Partial<Record<ToolName, string>>>;
  /** Go variables that the linker sets, e.g. the version a program gives for its own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** GOEXPERIMENT. What is built with another one shares nothing in Go's build cache. @default none */
  readonly experiment?: string;
  /** How long it takes cold on two cores. Later ones find what they share in Go's build cache. */
  readonly typical: string;
}

const ENGINE = "3.274.1";
const LANGUAGE_HOST = "3.68.0";
const BUILDKIT = "0.34.2";
const REGISTRY = "3.1.2";
const TRIVY = "0.74.0";
const COSIGN = "3.1.3";

/** Versions of the plugins are those of the npm packages that drive them; a test holds the two together. */
const PLUGINS = { github: "6.15.0", docker: "5.2.0", dockerBuild: "0.0.22", command: "1.2.1" } as const;

/** In the order in which they are built: who builds the most that others share comes first. */
export const catalogue: readonly ToolSpec[] = [
  {
    name: "pulumi",
    version: ENGINE,
    executables: ["pulumi", "pulumi-language-nodejs"],
    ask: { args: ["version"], answer: exactly(`v${ENGINE}`) },
    go: {
      folder: "pulumi",
      packages: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
      variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${ENGINE}` },
      typical: "4 min",
    },
  },
  {
    // The engine's release brings one of its own. From the module proxy only this older one can be had; the
    // engine's protocol to it is stable.
    name: "pulumi-language-nodejs",
    version: LANGUAGE_HOST,
    executables: ["pulumi-language-nodejs"],
    go: {
      folder: "pulumi-language-nodejs",
      packages: {
        "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      },
      variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${LANGUAGE_HOST}` },
      typical: "15 s",
    },
  },
  {
    name: "pulumi-resource-docker-build",
    version: PLUGINS.dockerBuild,
    executables: ["pulumi-resource-docker-build"],
    plugin: "docker-build",
    go: {
      folder: "pulumi-resource-docker-build",
      packages: {
        "pulumi-resource-docker-build":
          "github.com/pulumi/pulumi-docker-build/provider/cmd/pulumi-resource-docker-build",
      },
      variables: { "github.com/pulumi/pulumi-docker-build/provider.Version": PLUGINS.dockerBuild },
      typical: "90 s",
    },
  },
  {
    name: "pulumi-resource-github",
    version: PLUGINS.github,
    executables: ["pulumi-resource-github"],
    plugin: "github",
    go: {
      folder: "bridged-plugins",
      packages: { "pulumi-resource-github": "./pulumi-resource-github" },
      variables: { "main.version": PLUGINS.github },
      typical: "30 s",
    },
  },
  {
    name: "pulumi-resource-docker",
    version: PLUGINS.docker,
    executables: ["pulumi-resource-docker"],
    plugin: "docker",
    go: {
      folder: "bridged-plugins",
      packages: { "pulumi-resource-docker": "./pulumi-resource-docker" },
      variables: { "main.version": PLUGINS.docker },
      // Docker Compose as a resource is a tenth of the packages and no part of @pulumi/docker.
      tags: ["no_compose"],
      typical: "60 s",
    },
  },
  {
    name: "pulumi-resource-command",
    version: PLUGINS.command,
    executables: ["pulumi-resource-command"],
    plugin: "command",
  },
  {
    name: "buildkitd",
    version: BUILDKIT,
    executables: ["buildkitd", "buildctl"],
    ask: { args: ["--version"], answer: new RegExp(` v${escaped(BUILDKIT)}( |$)`, "m") },
    only: "root on Linux",
    go: {
      folder: "buildkit",
      packages: {
        buildkitd: "github.com/moby/buildkit/cmd/buildkitd",
        buildctl: "github.com/moby/buildkit/cmd/buildctl",
      },
      variables: { "github.com/moby/buildkit/version.Version": `v${BUILDKIT}` },
      typical: "45 s",
    },
  },
  {
    name: "registry",
    version: REGISTRY,
    executables: ["registry"],
    ask: { args: ["--version"], answer: new RegExp(` v${escaped(REGISTRY)}$`, "m") },
    go: {
      folder: "registry",
      packages: { registry: "." },
      variables: { "github.com/distribution/distribution/v3/version.version": `v${REGISTRY}` },
      typical: "15 s",
    },
  },
  {
    name: "trivy",
    version: TRIVY,
    executables: ["trivy"],
    ask: { args: ["--version"], answer: exactly(`Version: ${TRIVY}`) },
    go: {
      folder: "trivy",
      packages: { trivy: "github.com/aquasecurity/trivy/cmd/trivy" },
      variables: { "github.com/aquasecurity/trivy/pkg/version/app.ver": TRIVY },
      // As its publisher builds it: it uses encoding/json/v2.
      experiment: "jsonv2",
      typical: "7 min",
    },
  },
  {
    // Makes the sandbox's vulnerability database, with the library that Trivy's own is made with.
    name: "vulnerability-db",
    version: TRIVY,
    executables: ["vulnerability-db"],
    only: "where it can be built",
    go: {
      folder: "trivy",
      packages: { "vulnerability-db": "./vulnerability-db" },
      variables: {},
      experiment: "jsonv2",
      typical: "5 s",
    },
  },
  {
    name: "cosign",
    version: COSIGN,
    executables: ["cosign"],
    ask: { args: ["version"], answer: new RegExp(`^GitVersion: +v${escaped(COSIGN)}$`, "m") },
    only: "when asked for",
    go: {
      folder: "trivy",
      packages: { cosign: "github.com/sigstore/cosign/v3/cmd/cosign" },
      variables: { "sigs.k8s.io/release-utils/version.gitVersion": `v${COSIGN}` },
      // Not for its own sake: so it finds two thirds of its packages compiled with Trivy's.
      experiment: "jsonv2",
      typical: "2 min",
    },
  },
];

function exactly(text: string): RegExp {
  return new RegExp(`^${escaped(text)}$`, "m");
}

function escaped(text: string): string {
  return text.replace(/[.+]/g, "\\$&");
}
