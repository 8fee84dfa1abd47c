/** The policies that a workflow file carries, as text that a reviewer reads: a rule a line. */
import type { PolicyDeclaration } from "../../retention";

export interface CarriedPolicy {
  readonly name: string;
  /** Where promotions are read from: nothing can have been promoted where no environment is declared. */
  readonly promotions: "none" | "registry";
  /** File of the repository that lists digests in use; it need not exist. */
  readonly inUse: string;
  readonly policy: PolicyDeclaration;
}

/** JSON, by service. */
export function policyText(policies: readonly CarriedPolicy[]): string {
  const services = policies.map(({ name, promotions, inUse, policy: { rules, ...rest } }) => {
    const fields = Object.entries(rest).map(([key, value]) => `      ${line(key, value)}`);
    const rows = rules.map((rule) => `        ${JSON.stringify(rule)}`);
    return [
      `  ${JSON.stringify(name)}: {`,
      `    ${line("promotions", promotions)},`,
      `    ${line("inUse", inUse)},`,
      '    "policy": {',
      ...fields.map((field) => `${field},`),
      '      "rules": [',
      rows.join(",\n"),
      "      ]",
      "    }",
      "  }",
    ].join("\n");
  });
  return `{\n${services.join(",\n")}\n}`;
}

function line(key: string, value: unknown): string {
  return `${JSON.stringify(key)}: ${JSON.stringify(value)}`;
}
