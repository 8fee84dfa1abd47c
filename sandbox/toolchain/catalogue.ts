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
  | "registry";

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
  /** Where it is of use. @default everywhere */
  readonly only?: "root on Linux";
}

/** A build from `go/<folder>`. */
export interface GoBuild {
  readonly folder: string;
  /** Package by executable; `./…` lies in the folder itself. */
  readonly packages: Readonly<Partial<Record<ToolName, string>>>;
  /** Go variables that the linker sets, e.g. the version a program gives for its own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** How long it takes cold on two cores. Later ones find what they share in Go's build cache. */
  readonly typical: string;
}

const ENGINE = "3.274.1";
const LANGUAGE_HOST = "3.68.0";
const BUILDKIT = "0.34.2";
const REGISTRY = "3.1.2";

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
];

function exactly(text: string): RegExp {
  return new RegExp(`^${escaped(text)}$`, "m");
}

function escaped(text: string): string {
  return text.replace(/[.+]/g, "\\$&");
}
