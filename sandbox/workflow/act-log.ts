/** What act's log tells of a run: a JSON object a line, but for what goes wrong before the workflow begins. */

interface Entry {
  readonly msg: string;
  /** `<workflow>/<job's name>-<number of the run in its matrix>`, padded. */
  readonly job?: string;
  readonly jobID?: string;
  readonly jobResult?: string;
  readonly stepResult?: string;
  /** A workflow command that a step gave. */
  readonly command?: string;
  readonly content?: string;
  /** Whether it is what a step printed. */
  readonly raw_output?: boolean;
}

interface Ended {
  readonly id: string | undefined;
  readonly result: "success" | "failure";
}

/** Reads it line by line. */
export class ActLog {
  /** All that the jobs printed. */
  readonly lines: string[] = [];
  /** What the jobs wrote to their summaries, in the order in which they ended. */
  readonly summaries: string[] = [];
  private readonly ended = new Map<string, Ended>();
  private readonly failing = new Set<string>();

  /** Takes a line, and gives what of it a person wants to see; undefined: nothing. */
  take(text: string): { readonly job: string; readonly line: string } | undefined {
    const entry = parsed(text);
    const job = nameOf(entry);
    const { jobID: id, jobResult: result } = entry;
    if (result === "success" || result === "failure") this.ended.set(job, { id, result });
    if (entry.stepResult === "failure") this.failing.add(job);
    if (entry.command === "summary") this.summaries.push(entry.content ?? "");
    if (isNoise(entry)) return undefined;
    const line = entry.msg.trimEnd();
    this.lines.push(`${job}: ${line}`);
    return { job, line };
  }

  /**
   * How each job ended. act keeps one result for all runs of a matrix: once one has failed, those that end later are
   * told as failed too, whatever they did. Such a run failed only if a step of its own did.
   */
  jobs(): ReadonlyMap<string, "success" | "failure"> {
    const failingIds = new Set([...this.failing].map((job) => this.ended.get(job)?.id));
    return new Map(
      [...this.ended].map(([job, { id, result }]) => {
        const told = result === "failure" && !this.failing.has(job) && id !== undefined && failingIds.has(id);
        return [job, told ? "success" : result];
      }),
    );
  }
}

function nameOf({ job = "act" }: Entry): string {
  return job
    .trim()
    .replace(/^[^/]+\//, "")
    .replace(/-\d+$/, "");
}

/** Its own remarks on where it finds stand-ins, and on what comes before and after a step. */
function isNoise({ msg, raw_output: printed, command }: Entry): boolean {
  if (printed === true) return false;
  return (
    command !== undefined ||
    /^LocalRepositoryCache|Matrix: |Run (Pre|Post|Set up|Complete)|(Pre|Post) |Set up job|Complete job|Cleaning up|GHCR_STAND_IN/.test(
      msg,
    )
  );
}

function parsed(line: string): Entry {
  try {
    return { msg: "", ...(JSON.parse(line) as object) };
  } catch {
    return { msg: line };
  }
}
