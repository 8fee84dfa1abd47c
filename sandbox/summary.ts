/** What a person reads after `make up`: the images, what is declared on GitHub, and what to do next. */
import pc from "picocolors";
import { openRegistry, type Registry } from "../clients/registry";
import type { ServiceOutputs } from "../components/container-service";
import { parseDigest, parseImageReference, type Digest } from "../core/names";
import type { GateResult } from "../core/scan";
import { viewPackages } from "./github-api/show-packages";
import type { Sandbox } from "./sandbox";
import type { ResourceChanges, SandboxStack } from "./stack";

/** What of the stack's state the summary counts: resources by their type's last part. */
type TypeCounts = Readonly<Record<string, number>>;

/** Types of resources as a person calls them, in the order in which they are told. */
const onGitHub: readonly (readonly [type: string, one: string, many: string])[] = [
  ["Repository", "repository", "repositories"],
  ["RepositoryEnvironment", "environment", "environments"],
  ["ActionsSecret", "secret", "secrets"],
  ["ActionsEnvironmentSecret", "environment secret", "environment secrets"],
  ["ActionsVariable", "variable", "variables"],
  ["ActionsEnvironmentVariable", "environment variable", "environment variables"],
  ["FileSet", "rendered file", "rendered files"],
  ["RepositoryRuleset", "ruleset", "rulesets"],
];

export async function printSummary(sandbox: Sandbox, stack: SandboxStack): Promise<void> {
  const { services } = (await stack.outputs()) as { services: Record<string, ServiceOutputs> };
  const registry = openRegistry(sandbox.registry, { credentials: () => sandbox.login });
  const lines: string[] = [];
  for (const [name, outputs] of Object.entries(services)) {
    lines.push("", pc.bold(name), ...(await imageLines(registry, outputs)));
  }
  lines.push(
    "",
    pc.bold(`GitHub (stand-in at ${sandbox.github.url})`),
    `  ${told(await stack.resourceCounts())}`,
    `  ${await packagesLine(sandbox)}`,
  );
  lines.push("", pc.bold("This run"), `  ${changed(await stack.lastChanges())}`);
  lines.push("", ...nextSteps);
  console.log(lines.join("\n"));
}

async function imageLines(registry: Registry, { image }: ServiceOutputs): Promise<string[]> {
  if (image === undefined) return ["  published by its repository's workflow"];
  const { repository } = parseImageReference("reference", image.reference);
  const platforms = await Promise.all(
    Object.entries(image.platforms).map(async ([platform, digest]) => {
      const size = await compressedSize(registry, repository, parseDigest(platform, digest));
      return `${platform} ${(size / 1e6).toFixed(1)} MB`;
    }),
  );
  return [
    `  image      ${image.reference}`,
    `  platforms  ${platforms.join(", ")} (compressed)`,
    `  scan       ${scanText(image.scan)}`,
    `  tags       ${image.tags.join(", ")}`,
  ];
}

/** What the gate found, most serious first; how many of them have a fix is what blocks. */
function scanText({ verdict, platforms, exceptions, scanner }: GateResult): string {
  const found = (["critical", "high"] as const).map((severity) => {
    const most = Math.max(...platforms.map(({ findings }) => findings[severity]));
    const fixable = Math.max(...platforms.map((each) => each.fixable[severity]));
    return `${most} ${severity} (${fixable} with a fix)`;
  });
  const packages = platforms.map((each) => each.packages).join(" and ");
  const excepted = exceptions.length === 0 ? "" : `, ${exceptions.map(({ id }) => id).join(", ")} excepted`;
  return `${verdict}: ${packages} packages, ${found.join(", ")}${excepted}; ${scanner.database.reference}`;
}

/** Bytes of a platform's configuration and layers as the registry keeps them. */
async function compressedSize(registry: Registry, repository: string, digest: Digest): Promise<number> {
  const { json } = await registry.manifest(repository, digest);
  const { config, layers } = json as { config: { size: number }; layers: { size: number }[] };
  return layers.reduce((sum, { size }) => sum + size, config.size);
}

function told(counts: TypeCounts): string {
  return onGitHub
    .flatMap(([type, one, many]) => {
      const count = counts[type] ?? 0;
      return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
    })
    .join(", ");
}

/** Not declared, but made by what was pushed. */
async function packagesLine({ github, owner }: Sandbox): Promise<string> {
  const packages = await viewPackages({ ...github, owner: owner.login });
  const each = packages.map(({ name, versions, visibility }) => {
    const count = versions.length === 1 ? "1 version" : `${versions.length} versions`;
    return `${name} (${visibility}, ${count})`;
  });
  return `${packages.length === 1 ? "1 package" : `${packages.length} packages`}: ${each.join(", ")}`;
}

function changed(changes: ResourceChanges): string {
  const made = Object.entries(changes).filter(([operation, count]) => operation !== "same" && count > 0);
  if (made.length === 0) return `nothing changed: all ${changes["same"] ?? 0} resources are as declared`;
  return made.map(([operation, count]) => `${operation}: ${count}`).join(", ");
}

const nextSteps = [
  "  make show      what repositories and packages hold: files, rules, environments, versions, tags, sizes",
  "  make outputs   image references, digests and tags as JSON",
  "  make preview   the diff of a change; edit services/hello-python/src and try it",
  "  make down      stop everything and delete the sandbox's data",
];
