/** How the `ghcr` command reaches a runner. The one place that knows: steps elsewhere just run `ghcr …`. */
import type { PlatformRelease } from "../../fleet";
import { firstOf, github, type Expression } from "../expression";
import type { Permissions } from "../model";
import { run, uses, type Step } from "../step";
import { checkout, setupNode } from "./actions";

/** Where the command comes from. */
export interface PlatformSource {
  /** `<owner>/<name>` of the platform's repository. */
  readonly repository: string;
  /** The release whose command is run: a commit that holds it as one file. */
  readonly release: PlatformRelease | undefined;
  /** Before the first release: the commit or branch that the command is built from. */
  readonly ref: string | Expression;
}

/** What a workflow's options say of it. */
export interface PlatformOptions {
  /** Login of the organization or user account. */
  readonly owner: string;
  /** Name of the repository that the workflow is in. */
  readonly repository: string;
  /** Name of the platform's repository. */
  readonly platformRepository: string;
  /** Its last release. @default none: the command is built from what `platformBranch` has accepted */
  readonly release?: PlatformRelease | undefined;
  /** Its default branch. */
  readonly platformBranch: string;
}

/** The folder of the platform's repository that is the action. */
const action = "setup";

/** Where the platform's code is put before the first release; beside the source, never mixed with it. */
const folder = "platform";

/**
 * What the repository itself has accepted: a pull request's base, not what it proposes. So a job that may write runs
 * no code of the pull request, and a command comes before the workflow that calls it.
 */
export const acceptedCommit = firstOf(
  github("event.pull_request.base.sha"),
  github("event.merge_group.base_sha"),
  github("sha"),
);

export function platformSource(options: PlatformOptions): PlatformSource {
  const own = options.repository === options.platformRepository;
  return {
    repository: `${options.owner}/${options.platformRepository}`,
    release: options.release,
    ref: own ? acceptedCommit : options.platformBranch,
  };
}

/**
 * Puts `ghcr` on the path of the steps that follow. From a release it is one file that the runner's own Node starts:
 * nothing is installed, and the job's token needs no right for it.
 */
export function ghcrCommand({ repository, release, ref }: PlatformSource): readonly [Step, ...Step[]] {
  if (release !== undefined) {
    const { commit, version } = release;
    return [
      uses({
        name: "Set up the ghcr command",
        action: { repository, folder: action, commit, version: `platform-v${version}` },
      }),
    ];
  }
  return [
    checkout({ name: "Fetch the platform", repository, ref, folder }),
    setupNode(),
    run({
      name: "Set up the ghcr command",
      folder,
      // The last line is what the action does.
      script: [
        "npm ci --ignore-scripts --no-audit --no-fund",
        "npm run --silent bundle",
        `node ${action}/main.cjs`,
      ].join("\n"),
    }),
  ];
}

/** The right that a job needs for the command: none where a release brings it. */
export function commandRights({ release }: PlatformSource): Permissions {
  return release === undefined ? { contents: { access: "read", reason: "fetch the ghcr command" } } : {};
}
