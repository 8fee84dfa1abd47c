/** What the flags of `ghcr promote` and `ghcr rescan` say, parsed once. */
import { Option, type Command } from "commander";
import { diskManifestCache, manifestCacheFolder } from "../clients/manifest-cache";
import { manifestSource } from "../clients/inventory";
import type { RecordReader } from "../clients/promotion-records";
import type { Registry } from "../clients/registry";
import {
  imageName,
  parseImageReference,
  parseRepositoryFullName,
  type ImageReference,
  type Tag,
} from "../core/names";
import type { PromotionRules } from "../core/promotion";
import { environmentTag } from "../core/tags";
import { GitHubCalls } from "../clients/github-calls";
import type { Io } from "./io";
import { registryOf } from "../clients/registry-access";
import { Gathered, list, UsageError } from "./request";

export interface ImageOptions {
  readonly owner?: string;
  readonly registry: string;
  readonly environments?: readonly string[];
}

export interface GitHubOptions {
  readonly githubUrl: string;
  readonly repository?: string;
}

/** The flags that say which image, and which environments it passes. */
export function withImageOptions(command: Command): Command {
  return command
    .option("--environments <list>", "all environments of the service in their order, with commas", list)
    .addOption(new Option("--owner <login>", "owner of a service that is named alone").env("GHCR_OWNER"))
    .option("--registry <host>", "registry of a service that is named alone", "ghcr.io");
}

export function withGitHubOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--repository <owner/name>", "GitHub repository that is told").env("GITHUB_REPOSITORY"),
    )
    .addOption(
      new Option("--github-url <url>", "base URL of GitHub's REST API")
        .env("GITHUB_API_URL")
        .default("https://api.github.com/"),
    );
}

export interface PromotedImage {
  readonly reference: ImageReference;
  readonly registry: Registry;
  readonly stages: readonly Tag[];
  readonly reader: RecordReader;
}

/**
 * @param text a service's name, or an image reference, as far as it says which image
 * @param rules whose environments count, where they are given
 * @throws UsageError with every fault
 */
export function promotedImage(
  io: Io,
  text: string,
  options: ImageOptions,
  rules?: PromotionRules,
): PromotedImage {
  const gathered = new Gathered();
  const reference = gathered.take(() => referenceOf(text, options));
  const names = rules?.environments.map(({ name }) => name) ?? options.environments ?? [];
  const stages = names.map((each) => gathered.take(() => environmentTag("--environments", each)));
  if (stages.length === 0) gathered.take(() => withoutStages());
  return gathered.finish(() => {
    const image = reference as ImageReference;
    const registry = registryOf(image, io.environment);
    const manifests = manifestSource(
      registry,
      image.repository,
      diskManifestCache(manifestCacheFolder(io.environment)),
    );
    const notice = (sentence: string) => io.complain(sentence);
    const { repository } = image;
    return {
      ...{ reference: image, registry, stages: stages.filter((stage) => stage !== undefined) },
      reader: { registry, repository, manifests, notice },
    };
  });
}

/** GitHub's API with the repository that is named; undefined where none is. */
export function toldRepository(
  io: Io,
  { repository, githubUrl }: GitHubOptions,
): { readonly calls: GitHubCalls; readonly repository: string } | undefined {
  if (repository === undefined || repository === "") return undefined;
  const token = io.environment["GITHUB_TOKEN"] ?? "";
  if (token === "") {
    throw new UsageError({
      code: "no-token",
      where: "GITHUB_TOKEN",
      problem: `is not set, and ${repository} is to be told`,
      fix: "export GITHUB_TOKEN=…, or leave --repository (GITHUB_REPOSITORY) out",
    });
  }
  const name = parseRepositoryFullName("--repository", repository);
  return { calls: new GitHubCalls({ githubUrl, token }), repository: name };
}

function referenceOf(text: string, { owner, registry }: ImageOptions): ImageReference {
  if (text.includes("/")) return parseImageReference("image", text);
  if (owner !== undefined) return parseImageReference("image", imageName({ registry, owner, service: text }));
  throw new UsageError({
    code: "no-owner",
    where: "--owner",
    problem: `whose service ${text} is, is not told`,
    fix: `add --owner <login>, or name the image: ghcr.io/<owner>/${text}`,
  });
}

function withoutStages(): never {
  throw new UsageError({
    code: "no-environments",
    where: "--environments",
    problem: "is missing: without the order of stages, none could be kept from being skipped",
    fix: "give those of the service's declaration (services/<name>/service.ts), e.g. --environments staging,production; or --rules",
  });
}
