/**
 * Every action and tool that a rendered workflow runs, pinned by what can't be moved: a commit or a checksum. The
 * lock file is the one place that they stand in; `cli/refresh-pins.ts` renews it.
 */
import lock from "./actions.lock.json";

/** An action at one commit. */
export interface Action {
  /** `<owner>/<repository>` */
  readonly repository: string;
  /** Its folder in the repository. @default the top */
  readonly folder?: string;
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** The release that the commit is, for people and for Renovate. */
  readonly version: string;
}

/** As it stands in a workflow. */
export function reference({ repository, folder, commit }: Action): string {
  return `${folder === undefined ? repository : `${repository}/${folder}`}@${commit}`;
}

export type ActionName = keyof typeof lock.actions;

/** An action as the lock file has it. */
export function action(name: ActionName): Action {
  return { repository: name, ...lock.actions[name] };
}

/** Tools that workflows install. */
export const tools = lock.tools;
