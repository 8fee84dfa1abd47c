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
  /**
   * Token that files are committed with: the scopes `repo` and `workflow`, or the permissions Contents, Workflows and
   * Pull requests: write. Kept as a secret, for which the same holds as for `token`.
   * @default GITHUB_TOKEN of the engine's environment, else `token`
   */
  readonly githubToken?: pulumi.Input<string>;
  /** GitHub App that commits files in the place of `githubToken`; GitHub signs its commits. @default none */
  readonly githubApp?: {
    readonly id: pulumi.Input<string>;
    readonly installationId: pulumi.Input<string>;
    /** Private key, PEM. Kept as a secret. */
    readonly key: pulumi.Input<string>;
  };
  /** Pause between two changes on GitHub, in milliseconds. @default 1000, as GitHub asks for */
  readonly writeDelayMs?: pulumi.Input<number>;
}

/** One for a program serves all packages, within the limits of its one token. */
export class Provider extends pulumi.ProviderResource {
  constructor(name: string, given: ProviderArgs = {}, opts?: pulumi.ResourceOptions) {
    const { token, githubToken, githubApp: app, ...args } = given;
    const secrets = { token, githubToken, githubAppKey: app?.key };
    super(
      "ghcr",
      name,
      {
        ...args,
        ...(app === undefined ? {} : { githubAppId: app.id, githubAppInstallationId: app.installationId }),
        ...Object.fromEntries(
          Object.entries(secrets).flatMap(([key, value]) =>
            value === undefined ? [] : [[key, pulumi.secret(value)] as const],
          ),
        ),
      },
      opts,
    );
  }
}
