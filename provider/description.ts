/** How the provider names itself, and the schema of what it serves, with the words that `pulumi package` shows. */

export const VERSION = "0.1.0";
export const FILE_SET_TYPE = "ghcr:index:FileSet";
export const PACKAGE_TYPE = "ghcr:index:Package";
export const RETENTION_TYPE = "ghcr:index:Retention";
export const USAGE_FUNCTION = "ghcr:index:getUsage";

const text = { type: "string" };

const config = {
  githubUrl: { ...text, description: "Base URL of GitHub's REST API. Default https://api.github.com/." },
  registry: { ...text, description: "Registry host. Default ghcr.io." },
  token: {
    ...text,
    secret: true,
    description:
      "Classic token, or a workflow's GITHUB_TOKEN, with read:packages. Default: the plugin's environment, " +
      "GHCR_TOKEN or GITHUB_TOKEN. Without one nothing is asked, and nothing is compared.",
  },
  githubToken: {
    ...text,
    secret: true,
    description:
      "Token that files are committed with: the scopes repo and workflow, or Contents, Workflows and Pull requests: " +
      "write. Default: GITHUB_TOKEN of the plugin's environment, else `token`.",
  },
  githubAppId: { ...text, description: "GitHub App that commits files in the place of githubToken." },
  githubAppInstallationId: { ...text, description: "Its installation." },
  githubAppKey: { ...text, secret: true, description: "Its private key, PEM." },
  writeDelayMs: { type: "integer", description: "Pause between two changes on GitHub. Default 1000." },
};

const names = {
  owner: { ...text, description: "Login of the organization or user. Another one is another package." },
  name: { ...text, description: "The package's name below its owner. Another one is another package." },
};

const packageInputs = {
  ...names,
  visibility: {
    ...text,
    description: "Who is meant to see it: public, private or internal. Compared, never written.",
  },
  repository: {
    ...text,
    description: "`<owner>/<name>` of the repository it is meant to belong to. Compared, never written.",
  },
};

const retentionInputs = {
  ...names,
  policy: {
    type: "object",
    additionalProperties: { $ref: "pulumi.json#/Any" },
    description: "A policy as docs/schemas/retention-policy.schema.json says. Nothing is deleted by it here.",
  },
};

const texts = { type: "object", additionalProperties: text };

const fileSetInputs = {
  repository: { ...text, description: "`<owner>/<name>`. Files stay in one that is named no longer." },
  branch: { ...text, description: "An existing branch. Files stay in one that is named no longer." },
  files: {
    ...texts,
    description:
      "Contents by path. One that is left out is deleted, unless a person changed it: then it stays.",
  },
  overwrite: {
    type: "array",
    items: text,
    description: "What a person wrote and may be lost, each as `<path>@<first digits of its blob>`.",
  },
  message: { ...text, description: "First line of commits, and the pull request's title." },
  proposalBranch: { ...text, description: "Branch of the pull request, where one is needed." },
};

const fileSetOutputs = {
  status: { ...text, description: "committed; or proposed, while the last change waits in a pull request." },
  commit: { ...text, description: "The set's last commit, on the branch or in the pull request." },
  pullRequest: { ...text, description: "Address of the pull request in which the last change waits." },
  written: { ...texts, description: "Blob ids by path: what is known to be no person's change." },
  proposal: { $ref: "pulumi.json#/Any", description: "What was proposed last." },
  lastProposal: { ...text, description: "The last commit of the last pull request." },
};

/** The package schema as JSON text. */
export function schemaJson(): string {
  return JSON.stringify({
    name: "ghcr",
    displayName: "GHCR packages",
    version: VERSION,
    description:
      "Container packages of GitHub: declared, compared with what is there, and never changed or deleted; and files " +
      "of repositories that change together.",
    config: { variables: config },
    provider: { inputProperties: config, properties: config },
    resources: {
      [PACKAGE_TYPE]: {
        description: "A container package as it is meant to be, compared with what GitHub shows.",
        inputProperties: packageInputs,
        requiredInputs: ["owner", "name", "visibility"],
        properties: {
          ...packageInputs,
          exists: {
            type: "boolean",
            description: "Whether GitHub shows it. Absent where it could not be asked.",
          },
          actualVisibility: { ...text, description: "As GitHub showed it when it was last asked." },
          actualRepository: { ...text, description: "As GitHub showed it when it was last asked." },
          settingsUrl: {
            ...text,
            description: "The page on which a person changes visibility and repository.",
          },
        },
        required: ["owner", "name", "visibility"],
      },
      [FILE_SET_TYPE]: {
        description:
          "Files of a repository that change together: in one commit, or by one pull request where nobody may push.",
        inputProperties: fileSetInputs,
        requiredInputs: ["repository", "branch", "files"],
        properties: { ...fileSetInputs, ...fileSetOutputs },
        required: ["repository", "branch", "files", "status", "written"],
      },
      [RETENTION_TYPE]: {
        description: "The policy by which images of a package may go; a preview says what it would free.",
        inputProperties: retentionInputs,
        requiredInputs: ["owner", "name", "policy"],
        properties: retentionInputs,
        required: ["owner", "name", "policy"],
      },
    },
    functions: {
      [USAGE_FUNCTION]: {
        description: "What a package holds. Reads every manifest that no run has read before.",
        inputs: { properties: names, required: ["owner", "name"] },
        outputs: {
          properties: {
            exists: { type: "boolean", description: "Whether GitHub shows it." },
            visibility: { ...text, description: "Who sees it. Absent where GitHub doesn't say." },
            versions: { type: "integer", description: "Package versions." },
            tagged: { type: "integer", description: "Versions that have a tag." },
            bytes: { type: "number", description: "Bytes of all manifests and blobs, each counted once." },
            unread: {
              type: "integer",
              description: "Versions whose manifest could not be read: their bytes lack.",
            },
            incomplete: {
              type: "array",
              items: text,
              description: "Why the list of versions may lack something. Empty: it is complete.",
            },
          },
          required: ["exists", "versions", "tagged", "bytes", "unread", "incomplete"],
        },
      },
    },
  });
}
