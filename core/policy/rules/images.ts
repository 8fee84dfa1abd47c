/** What an image has to be before it is pushed, and how it is pushed. */
import { knownPlatforms } from "../../names";
import { entriesAt, listAt, textAt, types, unknownValue, valueAt, type StackResource } from "../resource";
import type { Finding, Rule, Stack } from "../rule";
import { ungatedWorkflows } from "./workflows";

const allowed: readonly unknown[] = knownPlatforms;

export const allowedPlatforms: Rule = {
  name: "allowed-platforms",
  level: "mandatory",
  description: `Images are built for ${knownPlatforms.join(" and ")} only.`,
  resource: {
    types: [types.image],
    check: ({ props }) => {
      const platforms = valueAt(props, "platforms");
      if (platforms === unknownValue) return [];
      const fix = `choose among ${knownPlatforms.join(", ")}`;
      const list = listAt(props, "platforms");
      if (list.length === 0) {
        return [{ where: "platforms", problem: "is whatever the builder's machine happens to be", fix }];
      }
      return list.flatMap((platform, index) =>
        platform === unknownValue || allowed.includes(platform)
          ? []
          : [{ where: `platforms[${index}]`, problem: "is no platform that the fleet publishes", fix }],
      );
    },
  },
};

export const gateOn: Rule = {
  name: "gate-on",
  level: "mandatory",
  description: "No image gets a tag before its checks passed, by `pulumi up` or by a workflow.",
  resource: { types: [types.image], check: ({ props }) => pushedTags(props) },
  stack: (stack) => [...uncheckedTags(stack), ...ungatedWorkflows(stack)],
};

/** A push that tags is a push before the checks. */
function pushedTags(props: unknown): readonly Finding[] {
  const problem = "pushes under a tag, before any check";
  const fix = "push by digest and let PublishedImage tag what its checks let through";
  const tagged = listAt(props, "tags").length > 0 && valueAt(props, "push") === true;
  return [
    ...(tagged ? [{ where: "tags", problem, fix }] : []),
    ...listAt(props, "exports").flatMap((each, index) =>
      exportsByTag(each) ? [{ where: `exports[${index}]`, problem, fix }] : [],
    ),
  ];
}

function exportsByTag(each: unknown): boolean {
  const raw = textAt(each, "raw");
  if (raw !== undefined) return /\bpush=true\b/.test(raw) && !/\bpush-by-digest=true\b/.test(raw);
  return ["image", "registry"].some((kind) => {
    const target = valueAt(each, kind);
    const pushes = kind === "registry" || valueAt(target, "push") === true;
    return entriesAt(each, kind).length > 0 && pushes && valueAt(target, "pushByDigest") !== true;
  });
}

/** Runs of `ghcr image tag` that don't wait for one of `ghcr image check`. */
function uncheckedTags(stack: Stack): readonly (Finding & { urn: string })[] {
  const runs = (resource: StackResource, subcommand: string) =>
    new RegExp(`\\bimage ${subcommand}\\b`).test(textAt(resource.props, "create") ?? "");
  const commands = stack.ofType(types.command);
  const checks = commands.filter((command) => runs(command, "check"));
  return commands
    .filter((command) => runs(command, "tag"))
    .filter((command) => {
      const before = stack.comesAfter(command);
      return !checks.some(({ urn }) => before.has(urn));
    })
    .map(({ urn }) => ({
      urn,
      where: "create",
      problem: "tags an image without waiting for its checks",
      fix: "take the image from the output of `ghcr image check`, as PublishedImage does",
    }));
}

export const retentionSet: Rule = {
  name: "retention-set",
  level: "mandatory",
  description: "Every image that is pushed belongs to a package that says how long its versions are kept.",
  resource: {
    types: [types.package],
    check: ({ props }) => {
      const retention = valueAt(props, "retention");
      if (retention === unknownValue) return [];
      const missing = ["keepBuilds", "pullRequestDays", "developmentDays", "untaggedDays"].filter((key) => {
        const days = valueAt(retention, key);
        return days !== unknownValue && !(typeof days === "number" && Number.isFinite(days));
      });
      return missing.map((key) => ({
        where: `retention.${key}`,
        problem: "isn't set, so these versions would be kept and paid for without end",
        fix: "set it in the service's `retention` or in services/defaults.ts, or leave `retention` out",
      }));
    },
  },
  stack: (stack) =>
    stack
      .ofType(types.image)
      .filter((image) => {
        const homes = stack.ancestors(image).map(({ urn }) => urn);
        return !stack
          .ofType(types.package)
          .some((declared) =>
            stack.ancestors(declared).some(({ urn, type }) => type !== stackType && homes.includes(urn)),
          );
      })
      .map(({ urn }) => ({
        urn,
        where: "image",
        problem: "is pushed to a package that isn't declared, so nothing says how long it is kept",
        fix: "declare it as a ContainerService, or put a GhcrPackage beside it in one component",
      })),
};

/** The stack itself is everything's ancestor. */
const stackType = "pulumi:pulumi:Stack";
