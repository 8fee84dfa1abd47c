/** Where a credential would lie in the clear: in the state, on GitHub, in an image or in a list of processes. */
import { entriesAt, filesIn, textAt, types, type ResourceFacts } from "../resource";
import type { Finding, Rule } from "../rule";

/**
 * Credentials that give themselves away by their form. GitHub's, as its secret scanning knows them:
 * https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
 */
const credential = new RegExp(
  [
    /gh[pousr]_[A-Za-z0-9]{30,}/,
    /github_pat_[A-Za-z0-9_]{40,}/,
    /glpat-[A-Za-z0-9_-]{20}/,
    /npm_[A-Za-z0-9]{36}/,
    /pul-[0-9a-f]{40}/,
    /(AKIA|ASIA)[A-Z0-9]{16}/,
    /AIza[A-Za-z0-9_-]{35}/,
    /xox[abeprs]-[A-Za-z0-9-]{10,}/,
    /sk_live_[A-Za-z0-9]{20,}/,
    /-----BEGIN ([A-Z]+ )*PRIVATE KEY/,
    /eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/,
    // A password in an address, unless it is a reference to a variable.
    /[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:(?!\$)[^\s:/@]{3,}@/,
  ]
    .map(({ source }) => source)
    .join("|"),
);

/** A name that says that its value is a credential; `TOKEN_URL` and `KEY_ID` don't. */
const credentialName =
  /(^|_)(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)$/i;

/** A value that anyone may read who may read the state, the repository or the image. */
interface Plain {
  readonly where: string;
  /** What the value is called, where it has a name of its own. */
  readonly name?: string | undefined;
  readonly value: unknown;
}

const plainTypes = [
  types.variable,
  types.environmentVariable,
  types.file,
  types.fileSet,
  types.image,
  types.command,
];

function plainValues(resource: ResourceFacts): readonly Plain[] {
  const { type, props } = resource;
  const named = (key: string) =>
    entriesAt(props, key).map(([name, value]) => ({ where: `${key}.${name}`, name, value }));
  switch (type) {
    case types.variable:
    case types.environmentVariable:
      return [{ where: "value", name: textAt(props, "variableName"), value: props["value"] }];
    case types.file:
      return [{ where: "content", value: props["content"] }];
    case types.fileSet:
      return filesIn(resource).map(({ where, content }) => ({ where, value: content }));
    case types.image:
      return [...named("buildArgs"), ...named("labels")];
    default:
      // A command line is shown to every user of the machine, whatever the state makes of it.
      return ["create", "update", "delete"].map((key) => ({ where: key, value: props[key] }));
  }
}

export const noPlainSecret: Rule = {
  name: "no-plain-secret",
  level: "mandatory",
  description: "No credential lies in a variable, a file, a build argument, a label or a command line.",
  resource: {
    types: plainTypes,
    check: (resource) =>
      plainValues(resource)
        .filter(({ value }) => typeof value === "string" && credential.test(value))
        .map(({ where }) => ({ where, problem: "holds what looks like a credential, in the clear", fix })),
  },
};

export const secretLikeName: Rule = {
  name: "secret-like-name",
  level: "advisory",
  description: "What is called a password or a token is a secret, not a variable.",
  resource: {
    types: plainTypes,
    check: (resource) =>
      plainValues(resource)
        .filter(({ name, value }) => name !== undefined && credentialName.test(name) && value !== "")
        .map(({ where }): Finding => ({
          where,
          problem: "has a credential's name and lies in the clear",
          fix,
        })),
  },
};

const fix =
  "revoke it if it was real, then declare its name in `secrets` and give the value with `pulumi config set --secret`";
