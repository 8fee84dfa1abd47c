/** Tags: which a build gets by its git context, what class one is of, and whether one may move. */
export { classifyTag, isMovingVersionTag, isVersionTag, tagClasses, type TagClass } from "./classes";
export type { GitContext, PullRequestContext } from "./context";
export {
  tagsFor,
  versionLabel,
  type BuildOnlyCode,
  type BuildTag,
  type RefusalCode,
  type TagDecision,
} from "./decide";
export { environmentTag, environmentTagFault, recordTagPrefix } from "./environment";
export { releaseVersion } from "./release";
export { mayMove, type MoveDecision, type MoveQuestion, type TagTarget } from "./move";
