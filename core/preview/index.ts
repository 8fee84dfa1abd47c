/** Previews as people review them: the engine's events, without any value, as a comment, a decision or an issue. */
export { previewComment, previewMark, type CommentOptions } from "./comment";
export { driftIssue, driftMark, type DriftIssue } from "./drift";
export {
  readEvents,
  reducedLog,
  type Diagnostic,
  type Events,
  type Message,
  type PropertyPath,
  type Step,
  type TypeToken,
  type Urn,
  type Violation,
} from "./events";
export { unshown, type Shown, type Unshown } from "./guard";
export {
  changesOf,
  countsByOwner,
  operations,
  previewOf,
  unseenByReaders,
  type Change,
  type Note,
  type Operation,
  type Owner,
  type Preview,
  type Unseen,
} from "./model";
