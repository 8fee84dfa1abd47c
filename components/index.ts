/**
 * The components, for any Pulumi program. `ContainerService` is a service with all that belongs to it; the others
 * are its parts, and each can be used by itself.
 */
export { BranchRules, type BranchRulesArgs } from "./branch-rules";
export { ContainerService, type ContainerServiceArgs, type ServiceOutputs } from "./container-service";
export type { DeclaredImage } from "./declared-image";
export type { DeclaredEnvironment, DeclaredServiceArgs } from "./declared-service";
export { DeploymentEnvironments, type DeploymentEnvironmentsArgs } from "./deployment-environments";
export { GhcrPackage, type GhcrPackageArgs } from "./ghcr-package";
export { ImageBuilder, type ImageBuilderArgs, type RegistryCredentials } from "./image-builder";
export { OwnBranchRules, type OwnBranchRulesArgs } from "./own-branch-rules";
export { PublishedImage, type PublishedImageArgs } from "./published-image";
export { RepositoryAutomation, type RepositoryAutomationArgs } from "./repository-automation";
export { ServiceSecrets, type SecretValues, type ServiceSecretsArgs } from "./service-secrets";
export { SourceRepository, type SourceRepositoryArgs } from "./source-repository";
export { WorkflowFiles, type RenderedFile, type WorkflowFilesArgs } from "./workflow-files";
