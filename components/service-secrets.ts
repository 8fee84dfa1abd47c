import * as github from "@pulumi/github";
import * as pulumi from "@pulumi/pulumi";
import type { Service } from "../core/fleet";

/** Values of a service's secrets: its own by name, an environment's by `<environment>/<name>`. */
export type SecretValues = Readonly<Record<string, pulumi.Output<string>>>;

export interface ServiceSecretsArgs {
  /** Name of the repository that they belong to. Another one gets them, and the former one loses them. */
  readonly repository: pulumi.Input<string>;
  /** Declares the names. A secret or variable that is renamed or left out is deleted on GitHub. */
  readonly service: Service;
  /** Name on GitHub of each environment, by its declared name. */
  readonly environments: pulumi.Output<Record<string, string>>;
  /** A secret output for every declared name. They reach GitHub sealed, and the state encrypted. */
  readonly values: SecretValues;
}

/** Once this exists, the service's Actions secrets and variables are set, its environments' secrets too. */
export class ServiceSecrets extends pulumi.ComponentResource {
  /** Names of the secrets that are set, an environment's as `<environment>/<name>`. */
  readonly secretNames: pulumi.Output<string[]>;

  constructor(name: string, args: ServiceSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    // The values are left out of the component's own inputs: they belong to the secrets alone.
    super("ghcr-platform:index:ServiceSecrets", name, { repository: args.repository }, opts);
    const { repository, service } = args;
    const child = { parent: this };

    const own = service.secrets.map(
      (secretName) =>
        new github.ActionsSecret(
          `${name}-${secretName}`,
          { repository, secretName, value: valueOf(args.values, secretName) },
          child,
        ),
    );
    for (const [variableName, value] of Object.entries(service.variables)) {
      new github.ActionsVariable(`${name}-${variableName}`, { repository, variableName, value }, child);
    }
    const ofEnvironments = service.environments.flatMap((environment) =>
      environment.secrets.map((secretName) => {
        const secret = new github.ActionsEnvironmentSecret(
          `${name}-${environment.name}-${secretName}`,
          {
            repository,
            environment: args.environments.apply(
              (names) => names[environment.name] ?? environment.githubName,
            ),
            secretName,
            value: valueOf(args.values, `${environment.name}/${secretName}`),
          },
          child,
        );
        return pulumi.interpolate`${environment.name}/${secret.secretName}`;
      }),
    );

    this.secretNames = pulumi.all([...own.map((secret) => secret.secretName), ...ofEnvironments]);
    this.registerOutputs({ secretNames: this.secretNames });
  }
}

function valueOf(values: SecretValues, key: string): pulumi.Output<string> {
  const value = values[key];
  if (value === undefined) throw new Error(`the composition root passed no value for the secret ${key}`);
  return value;
}
