/** What `pulumi up` needs of GitHub, right by right, and what a GitHub App has of it: too little, or too much. */
import type { Fault } from "../errors";

export type Level = "read" | "write";

/** A repository permission of fine-grained tokens and GitHub Apps. */
export interface Right {
  /** As GitHub's API names it. */
  readonly permission: string;
  /** As its pages name it. */
  readonly title: string;
  readonly level: Level;
  /** Whether an update can do without. */
  readonly optional?: true;
}

/**
 * The least that an update needs, by the endpoints that it asks:
 * https://docs.github.com/rest/authentication/permissions-required-for-github-apps
 */
export const rights: readonly Right[] = [
  { permission: "metadata", title: "Metadata", level: "read" },
  { permission: "administration", title: "Administration", level: "write" },
  { permission: "contents", title: "Contents", level: "write" },
  { permission: "workflows", title: "Workflows", level: "write" },
  { permission: "secrets", title: "Secrets", level: "write" },
  { permission: "actions_variables", title: "Variables", level: "write" },
  { permission: "environments", title: "Environments", level: "write" },
  // Environments themselves are read with it; making them is Administration's.
  { permission: "actions", title: "Actions", level: "read" },
  // Rendered files come by a pull request where a ruleset refuses pushes.
  { permission: "pull_requests", title: "Pull requests", level: "write", optional: true },
];

export function rightText({ title, level }: Pick<Right, "title" | "level">): string {
  return `${title}: ${level}`;
}

/** Levels by the API's names; GitHub has a third, `admin`, for a few of an organization's. */
export type Held = Readonly<Record<string, string>>;

/** A GitHub App and its installation, as GitHub shows them to the app alone. */
export interface AppFacts {
  readonly slug: string;
  /** What the app asks for. */
  readonly asks: Held;
  /** Page on which that is changed. */
  readonly appPage: string;
  readonly installation: {
    /** What it was given: less, until its owner accepts what the app asks for since. */
    readonly has: Held;
    /** Page on which its owner does so, and chooses its repositories. */
    readonly page: string;
    readonly suspended: boolean;
    /** Whether it reaches the platform's repository; undefined: that isn't there yet. */
    readonly reachesPlatform: boolean | undefined;
  };
}

/** What an app lacks, and what it has beyond need. */
export function appFaults(facts: AppFacts): readonly Fault[] {
  const { slug, installation } = facts;
  const where = `the GitHub App ${slug}`;
  return [
    ...(installation.suspended
      ? [
          {
            code: "app-suspended",
            where,
            problem: "its installation is suspended",
            fix: `lift that at ${installation.page}`,
          },
        ]
      : []),
    ...(installation.reachesPlatform === false
      ? [
          {
            code: "app-without-repository",
            where,
            problem: "its installation doesn't reach the platform's repository",
            fix: `add it at ${installation.page}, with each other repository that the platform declares`,
          },
        ]
      : []),
    ...lacking(facts, where),
    ...beyond(facts, where),
  ];
}

function lacking({ asks, appPage, installation }: AppFacts, where: string): Fault[] {
  return rights
    .filter((right) => right.optional !== true && !includes(installation.has[right.permission], right.level))
    .map((right) => ({
      code: "app-lacks-right",
      where,
      problem: `lacks the repository permission "${rightText(right)}"`,
      fix: includes(asks[right.permission], right.level)
        ? `the app asks for it: accept that at ${installation.page}`
        : `let the app ask for it at ${appPage}, then accept that at ${installation.page}`,
    }));
}

function beyond({ appPage, installation }: AppFacts, where: string): Fault[] {
  return Object.entries(installation.has)
    .filter(([permission, level]) => {
      const needed = rights.find((right) => right.permission === permission)?.level;
      return needed === undefined || !includes(needed, level);
    })
    .map(([permission, level]) => ({
      code: "app-has-more",
      where,
      problem: `has more than an update needs: ${permission}: ${level}`,
      fix: `take it away at ${appPage}, unless something else needs it`,
    }));
}

const levels: readonly string[] = ["read", "write", "admin"];

function includes(has: string | undefined, needed: string): boolean {
  return has !== undefined && levels.indexOf(has) >= levels.indexOf(needed);
}
