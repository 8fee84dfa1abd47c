/** The rescan of what runs: what it found, as the one issue that a repository has of it. */
export { rescanIssue, rescanMark, type RescanIssue } from "./issue";
export {
  standingOf,
  type Blocking,
  type FoundIn,
  type Rescanned,
  type RescanState,
  type Standing,
} from "./standing";
