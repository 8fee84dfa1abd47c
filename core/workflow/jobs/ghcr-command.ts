/** How the `ghcr` command reaches a runner. The one place that knows: steps elsewhere just run `ghcr …`. */
import { firstOf, github, type Expression } from "../expression";
import { run, type Step } from "../step";
import { checkout, setupNode } from "./actions";

export interface PlatformSource {
  /** `<owner>/<name>` of the platform's repository. */
  readonly repository: string;
  /** The commit whose command is run. */
  readonly ref: string | Expression;
}

/** Where the platform's code is put; beside the source, never mixed with it. */
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

/** Puts `ghcr` on the path of the steps that follow, from the platform's own code. */
export function ghcrCommand(platform: PlatformSource): readonly [Step, ...Step[]] {
  return [
    checkout({ name: "Fetch the platform", ...platform, folder }),
    setupNode(),
    run({
      name: "Install the ghcr command",
      folder,
      script: [
        "npm ci --ignore-scripts --omit=optional --no-audit --no-fund",
        'echo "$PWD/cli" >> "$GITHUB_PATH"',
      ].join("\n"),
    }),
  ];
}
