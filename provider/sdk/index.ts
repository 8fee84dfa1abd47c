/** The `ghcr` provider's resources as a program declares them. `provider/README.md` says what they do. */
export { FileSet, type FileSetArgs } from "./file-set";
export { Package, type PackageArgs } from "./package";
export { Provider, type ProviderArgs } from "./provider";
export { Retention, type RetentionArgs } from "./retention";
export { getUsage, getUsageOutput, type PackageUsage, type UsageArgs, type UsageOutputArgs } from "./usage";
