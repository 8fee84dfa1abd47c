/** Which secret values the stack must hold: names are declared by services, values configured in the stack. */
import type { Fault } from "../errors";
import type { Service } from "./resolve";

/** Keys of a service's secret values: its own by name, an environment's as `<environment>/<name>`. */
export function secretValueKeys(service: Service): readonly string[] {
  return [
    ...service.secrets,
    ...service.environments.flatMap(({ name, secrets }) => secrets.map((secret) => `${name}/${secret}`)),
  ];
}

/**
 * Declared secrets that have no value.
 * @param secrets the stack's `secrets` as JSON text, if it is set; no value of it is repeated
 */
export function missingSecretFaults(
  stack: string,
  services: readonly Service[],
  secrets: string | undefined,
): Fault[] {
  const values = JSON.parse(secrets ?? "{}") as Record<string, Record<string, string> | undefined>;
  return services.flatMap((service) =>
    secretValueKeys(service)
      .filter((key) => !values[service.name]?.[key])
      .map((key) => ({
        code: "missing-secret",
        where: `${service.where}: secrets`,
        problem: `the secret ${key} has no value in the stack ${stack}`,
        fix: `pulumi config set --secret --path 'ghcr-platform:secrets["${service.name}"]["${key}"]' --stack ${stack}`,
      })),
  );
}
