import * as pulumi from "@pulumi/pulumi";

export interface ProviderArgs {
  /** Base URL of GitHub's REST API. @default `https://api.github.com/` */
  readonly githubUrl?: pulumi.Input<string>;
  /** Registry host. @default `ghcr.io` */
  readonly registry?: pulumi.Input<string>;
  /**
   * Classic token, or a workflow's GITHUB_TOKEN, with `read:packages`. Kept as a secret. A token that is new with
   * every run belongs into the environment, where it changes nothing in the state.
   * @default GHCR_TOKEN or GITHUB_TOKEN of the engine's environment; without any, nothing is asked
   */
  readonly token?: pulumi.Input<string>;
}

/** One for a program serves all packages, within the limits of its one token. */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, { token, ...args }: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
    super("ghcr", name, { ...args, ...(token === undefined ? {} : { token: pulumi.secret(token) }) }, opts);
  }
}
