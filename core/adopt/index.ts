/** How a repository that exists becomes a declaration, and what the engine imports of it. */
export * from "./facts";
export { declarationOf, fleetWith, type Adoption, type AdoptQuestion } from "./declare";
export { importsOf, type Imports } from "./import-file";
export type { Note } from "./notes";
export { declarationFile } from "./render";
export { below, previewedResources, nameOf, typeOf, type PreviewedResource } from "./preview";
export { rootsOf } from "./roots";
export { filledState, judged, type Difference, type Judged, type SecretPlace } from "./state";
