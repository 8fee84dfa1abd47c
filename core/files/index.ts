/** Files that the platform keeps in repositories: what a commit is to change, and what only a person may. */
export { filePathFault } from "./path";
export {
  absent,
  planFiles,
  type FileChange,
  type FileConflict,
  type FilesPlan,
  type FilesQuestion,
} from "./plan";
export { agreementFault, changesText, commitMessage, conflictFaults, leftText } from "./text";
