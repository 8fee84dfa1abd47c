import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../core/fleet";

/** How the registry is signed in to. Undefined where the machine's own Docker configuration does it. */
export interface RegistryCredentials {
  /** A login. */
  readonly username: string;
  /** A secret. */
  readonly password: pulumi.Output<string>;
}

export interface ImageBuilderArgs {
  /** Registry host that what is built is pushed to, e.g. `ghcr.io`. */
  readonly registry: string;
  /** @default none: the machine's own Docker configuration signs in */
  readonly credentials?: RegistryCredentials;
  /** Driver and nodes, at least one. Any change makes all nodes anew; a cache in a container of theirs goes. */
  readonly builder: Settings["builder"];
}

/**
 * Once this exists, so does the buildx builder: one node a declared endpoint, each with the platforms it builds.
 * No Docker daemon is asked for: docker-build speaks to BuildKit.
 */
export class ImageBuilder extends pulumi.ComponentResource {
  /** Name of the builder, known once every node is there. */
  readonly builderName: pulumi.Output<string>;
  /** Platforms that its nodes build. */
  readonly platforms: readonly string[];
  readonly registry: string;
  readonly credentials: RegistryCredentials | undefined;

  constructor(name: string, args: ImageBuilderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ghcr-platform:index:ImageBuilder", name, { registry: args.registry, builder: args.builder }, opts);
    this.registry = args.registry;
    this.credentials = args.credentials;
    this.platforms = [...new Set(args.builder.nodes.flatMap((node) => node.platforms))];
    const provider = new docker.Provider(
      `${name}-buildx`,
      { disableDockerDaemonCheck: true },
      { parent: this },
    );

    const nodes: docker.BuildxBuilder[] = [];
    for (const [index, node] of args.builder.nodes.entries()) {
      const first = nodes[0];
      nodes.push(
        new docker.BuildxBuilder(
          `${name}-node-${index}`,
          {
            name: first === undefined ? "ghcr-platform" : first.name,
            node: `node-${index}`,
            append: first !== undefined,
            driver: args.builder.driver,
            platforms: [...node.platforms],
            ...(node.endpoint === undefined ? {} : { endpoint: node.endpoint }),
          },
          {
            parent: this,
            provider,
            // The plugin deletes the whole builder with any node of it. So every node is made anew where one
            // changes, and the builder goes with its first node alone.
            replacementTrigger: JSON.stringify(args.builder),
            ...(first === undefined
              ? { deleteBeforeReplace: true }
              : { retainOnDelete: true, dependsOn: nodes.slice(-1) }),
          },
        ),
      );
    }
    this.builderName = pulumi.all(nodes.map((node) => node.name)).apply(([builder]) => builder ?? "");
    this.registerOutputs({ builderName: this.builderName, platforms: this.platforms });
  }
}
