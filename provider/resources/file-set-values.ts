/** The inputs, outputs and ids of `ghcr:index:FileSet`, between the wire and what `clients/` works with. */
import { z } from "zod";
import type { FileSet, Remembered } from "../../clients/file-set-plan";
import { PlatformError } from "../../core/errors";
import { agreementFault, filePathFault } from "../../core/files";
import { repositoryFullNameFault } from "../../core/names";
import { inputFault, textField, type Fields } from "../inputs";
import { containsUnknown, reveal, UNKNOWN, type InputFault, type Properties } from "../wire";

const defaults = { message: "Write the declared files", proposalBranch: "ghcr-platform/files" };

export const fileSetFields: Fields = {
  repository: textField(repositoryFullNameFault),
  branch: textField(branchFault),
  files: { faults: filesFaults },
  overwrite: {
    optional: true,
    faults: (value, property) => {
      if (!Array.isArray(value)) return [{ property, reason: "must be a list" }];
      return value.flatMap((entry, index) => {
        const fault = agreementFault(`${property}[${index}]`, String(entry));
        return fault === undefined ? [] : [inputFault(fault.where, fault)];
      });
    },
  },
  message: textField(messageFault, { optional: true }),
  proposalBranch: textField(branchFault, { optional: true }),
};

/** Properties that come from writing alone. */
const outputs = ["status", "commit", "pullRequest", "written", "proposal", "lastProposal"];

export const unknownOutputs: Properties = Object.fromEntries(outputs.map((name) => [name, UNKNOWN]));

const inputsSchema = z.object({
  repository: z.string(),
  branch: z.string(),
  files: z.record(z.string(), z.string()),
  overwrite: z.array(z.string()).default([]),
  message: z.string().default(defaults.message),
  proposalBranch: z.string().default(defaults.proposalBranch),
});

/** Undefined while anything of it is not known, and for what is no set at all. */
export function setOf(inputs: Properties): FileSet | undefined {
  if (containsUnknown(inputs)) return undefined;
  const parsed = inputsSchema.safeParse(reveal(inputs));
  return parsed.success ? parsed.data : undefined;
}

const stateSchema = z.object({
  status: z.enum(["committed", "proposed"]),
  written: z.record(z.string(), z.string()),
  commit: z.string().optional(),
  lastProposal: z.string().optional(),
  proposal: z
    .object({
      number: z.int(),
      url: z.string(),
      branch: z.string(),
      commit: z.string(),
      files: z.record(z.string(), z.string()),
    })
    .optional(),
});

export function knownOf(state: Properties): Remembered {
  const { commit, lastProposal, proposal, ...rest } = stateSchema.parse(reveal(state));
  return {
    ...rest,
    ...(commit === undefined ? {} : { commit }),
    ...(lastProposal === undefined ? {} : { lastProposal }),
    ...(proposal === undefined ? {} : { proposal }),
  };
}

/** As they are kept in the state. */
export function outputsOf(remembered: Remembered): Properties {
  const { moved: _moved, ...kept } = remembered;
  const { status, proposal } = kept;
  return { ...kept, ...(status === "proposed" ? { pullRequest: proposal?.url } : {}) };
}

export function idOf({ repository, branch }: Pick<FileSet, "repository" | "branch">): string {
  return `${repository}:${branch}`;
}

/**
 * `<owner>/<name>:<branch>`, and behind another colon the paths of files that are taken over as they are, with commas.
 * @throws PlatformError
 */
export function placeIn(id: string): { repository: string; branch: string; paths: string[] } {
  const [repository = "", branch = "", ...rest] = id.split(":");
  const paths = rest.length === 0 ? [] : rest.join(":").split(",");
  const fault =
    repositoryFullNameFault("id", repository) ??
    branchFault("id", branch) ??
    paths.map((path) => filePathFault("id", path)).find((found) => found !== undefined);
  if (fault === undefined) return { repository, branch, paths };
  throw new PlatformError({
    code: "invalid-id",
    where: "id",
    problem:
      "must be <owner>/<repository>:<branch>, with :<path>,<path> for files that are taken over as they are",
    got: id,
    fix: "write it like albeorla/tools:main:.github/workflows/container-publish.yml",
  });
}

function filesFaults(value: unknown, property: string): readonly InputFault[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [{ property, reason: "must be a map of contents by path" }];
  const entries = Object.entries(value);
  const paths = new Set(entries.map(([path]) => path));
  return entries.flatMap(([path, content]) => {
    const at = `${property}[${JSON.stringify(path)}]`;
    const fault = filePathFault(at, path);
    const parents = path.split("/").map((_part, index, parts) => parts.slice(0, index).join("/"));
    const above = parents.find((parent) => paths.has(parent));
    return [
      ...(fault === undefined ? [] : [inputFault(at, fault)]),
      ...(typeof content === "string" ? [] : [{ property: at, reason: "must be text" }]),
      ...(above === undefined ? [] : [{ property: at, reason: `can't lie below ${above}, which is a file` }]),
    ];
  });
}

/** https://git-scm.com/docs/git-check-ref-format */
function branchFault(where: string, name: string) {
  const bad = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|\.lock(\/|$)|(^|\/)\.|[./]$|^[/-]|^@?$/u;
  if (!bad.test(name) && name.length <= 200) return undefined;
  return {
    code: "invalid-branch",
    where,
    problem: "must be a branch's name",
    got: name,
    fix: "write it like main, without refs/heads/",
  };
}

function messageFault(where: string, text: string) {
  if (/^[^\p{Cc}]{1,200}$/u.test(text)) return undefined;
  return {
    code: "invalid-message",
    where,
    problem: "must be one line of at most 200 characters",
    got: text,
    fix: "write what the commit does, like: Render the workflows",
  };
}
