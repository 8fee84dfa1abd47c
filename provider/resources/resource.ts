/** One kind of resource, as the plugin calls it. */
import type { GitData } from "../../clients/git-data";
import type { GitHubCalls } from "../../clients/github-calls";
import type { Look, PackageReader } from "../package-reader";
import type { Change, Checked, Created, Difference, EngineLog, Properties, ReadResource } from "../wire";

/** What every call works with. */
export interface Context {
  readonly reader: PackageReader;
  /** Requests about files. @throws PlatformError `no-github-token` */
  github(): GitHubCalls;
  /** A repository's branches. @throws PlatformError `no-github-token` */
  git(repository: string): GitData;
  pause(milliseconds: number): Promise<void>;
  readonly log: ResourceLog;
  readonly now: () => Date;
}

/** What is said about one resource. */
export interface ResourceLog extends Pick<EngineLog, "info" | "warn" | "progress"> {
  /** That a package could not be looked at: once for all, where it holds for all. */
  notSeen(look: Look<unknown> & { readonly is: "unknown" }, what: string, urn: string): void;
}

export interface ResourceKind {
  check(news: Properties): Checked;
  diff(context: Context, urn: string, oldInputs: Properties, news: Properties, state: Properties): Difference;
  create(context: Context, urn: string, inputs: Properties, preview: boolean): Promise<Created>;
  update(context: Context, urn: string, change: Change, preview: boolean): Promise<Properties>;
  read(context: Context, urn: string, known: ReadResource): Promise<ReadResource | undefined>;
  delete(context: Context, urn: string, state: Properties): void;
}
