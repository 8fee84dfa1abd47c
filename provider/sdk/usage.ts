import * as pulumi from "@pulumi/pulumi";
import type { Visibility } from "../../core/fleet";

export interface UsageArgs {
  /** Login of the organization or user, in any case. */
  readonly owner: string;
  /** The package's name below its owner. */
  readonly name: string;
}

export interface UsageOutputArgs {
  /** Login of the organization or user, in any case. */
  readonly owner: pulumi.Input<string>;
  /** The package's name below its owner. */
  readonly name: pulumi.Input<string>;
}

/** What a package holds. */
export interface PackageUsage {
  /** Whether GitHub shows it; if not, everything below is 0. */
  readonly exists: boolean;
  /** Undefined where GitHub doesn't say. */
  readonly visibility?: Visibility;
  /** Package versions; each platform's manifest is one. */
  readonly versions: number;
  /** Versions that have a tag. */
  readonly tagged: number;
  /** Bytes of all manifests and blobs, each counted once. */
  readonly bytes: number;
  /** Versions whose manifest could not be read: their bytes lack. */
  readonly unread: number;
  /** Why the list of versions may lack something; empty: it is complete. */
  readonly incomplete: readonly string[];
}

/**
 * Reads what a package holds, in every preview and up: two requests to GitHub per 100 versions, and one to the
 * registry for each manifest that no run on this machine has read before. Fails where it can't be read.
 */
export function getUsage(args: UsageArgs, opts?: pulumi.InvokeOptions): Promise<PackageUsage> {
  return pulumi.runtime.invoke("ghcr:index:getUsage", { ...args }, opts);
}

/** As `getUsage`, of a package whose names may come from other resources. */
export function getUsageOutput(
  args: UsageOutputArgs,
  opts?: pulumi.InvokeOutputOptions,
): pulumi.Output<PackageUsage> {
  return pulumi.runtime.invokeOutput<PackageUsage>("ghcr:index:getUsage", { ...args }, opts);
}
