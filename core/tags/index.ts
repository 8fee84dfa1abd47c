export { classifyTag, isMovingVersionTag, isVersionTag, type TagClass } from "./classes";
export type { GitContext } from "./context";
export { tagsFor, type BuildTag, type TagDecision } from "./decide";
export { mayMove, type MoveDecision, type MoveQuestion, type TagTarget } from "./move";
