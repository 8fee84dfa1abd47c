/**
 * Settings of the bot that proposes newer base images in a repository of a service's own, as a file beside the
 * workflows. The bot is held to the service's Dockerfile: the workflow files are the platform's, and who renews their
 * actions is `core/workflow/actions.lock.json` alone.
 */
import { Document } from "yaml";
import type { BaseImageUpdates, Service, SourceRepositoryPlan } from "../fleet";

/** A rendered file. */
export interface SettingsFile {
  /** From the repository's top. */
  readonly path: string;
  readonly content: string;
}

/** The services' part that the settings follow from. */
export type UpdatedService = Pick<Service, "name" | "dockerfile">;

const header = (service: string): readonly string[] => [
  "Generated: do not edit. pulumi up stops at a change by hand and says what becomes of it.",
  `Declared as baseImageUpdates of the repository of ${service}.`,
];

/** The files that a repository is to hold: one, or none where no bot is declared. */
export function baseImageUpdateFiles(
  { baseImageUpdates }: Pick<SourceRepositoryPlan, "baseImageUpdates">,
  service: UpdatedService,
): readonly SettingsFile[] {
  switch (baseImageUpdates.by) {
    case "none":
      return [];
    case "dependabot":
      return [
        { path: ".github/dependabot.yml", content: dependabot(service, baseImageUpdates.cooldownDays) },
      ];
    case "renovate":
      return [{ path: ".github/renovate.json", content: renovate(service, baseImageUpdates.cooldownDays) }];
  }
}

/** https://docs.github.com/code-security/reference/supply-chain-security/dependabot-options-reference */
function dependabot({ name, dockerfile }: UpdatedService, cooldownDays: number): string {
  const document = new Document({
    version: 2,
    updates: [
      {
        "package-ecosystem": "docker",
        directory: `/${dockerfile.split("/").slice(0, -1).join("/")}`,
        schedule: { interval: "weekly" },
        // Days by kind of version are refused for this ecosystem, and the whole file with them.
        ...(cooldownDays === 0 ? {} : { cooldown: { "default-days": cooldownDays } }),
      },
    ],
  });
  document.commentBefore = header(name)
    .map((line) => ` ${line}`)
    .join("\n");
  return document.toString({ lineWidth: 0 });
}

/** https://docs.renovatebot.com/configuration-options/ */
function renovate({ name, dockerfile }: UpdatedService, cooldownDays: number): string {
  const settings = {
    $schema: "https://docs.renovatebot.com/renovate-schema.json",
    description: header(name),
    extends: ["config:recommended", "docker:pinDigests"],
    enabledManagers: ["dockerfile"],
    includePaths: [dockerfile],
    // Of any name.
    dockerfile: { managerFilePatterns: [dockerfile] },
    ...(cooldownDays === 0
      ? {}
      : {
          minimumReleaseAge: `${cooldownDays} days`,
          // Docker Hub alone says how old an image is: one of another registry would be held back for ever.
          minimumReleaseAgeBehaviour: "timestamp-optional",
          internalChecksFilter: "strict",
        }),
  };
  return `${JSON.stringify(settings, undefined, 2)}\n`;
}

/**
 * What a repository's settings say, where they are the very ones that are rendered for it; undefined: they are a
 * person's.
 */
export function readBaseImageUpdates(
  files: readonly SettingsFile[],
  service: UpdatedService,
): BaseImageUpdates | undefined {
  if (files.length === 0) return { by: "none" };
  const [only] = files;
  if (only === undefined || files.length > 1) return undefined;
  const days = /(?:default-days: |"minimumReleaseAge": ")(\d{1,2})\b/.exec(only.content)?.[1] ?? "0";
  return (["dependabot", "renovate"] as const)
    .map((by) => ({ by, cooldownDays: Number(days) }))
    .find((baseImageUpdates) => {
      const [file] = baseImageUpdateFiles({ baseImageUpdates }, service);
      return file?.path === only.path && file.content === only.content;
    });
}

/** Whether a bot reads a file of this path as its settings: Dependabot, or Renovate at any place that it looks at. */
export function isUpdateSettings(path: string): boolean {
  return /^(\.github\/dependabot\.ya?ml|(\.github\/|\.gitlab\/)?renovate\.json5?|\.renovaterc(\.json5?)?)$/.test(
    path,
  );
}
