/** What a process and all that it starts use of the machine, read from /proc while it runs. */
import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
  /** Processor time of all of them, user and system. */
  readonly cpuSeconds: number;
  /** Greatest sum of what they hold in memory at one moment; what several of them share counts once. */
  readonly peakMegabytes: number;
}

const everyMs = 100;
/** Memory is read less often: the kernel adds a process's pages up for it. */
const memoryEvery = 5;
const ticksPerSecond = 100;
const pageBytes = 4096;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
  readonly pages: number;
}

/** Watches the children of this process that have one name, with all below them, until it is stopped. */
export function watchChildren(name: string): () => Usage {
  // The last reading of each: one that ends between two readings is short by at most their distance.
  const ticks = new Map<number, number>();
  let peak = 0;
  let looks = 0;
  const look = (): void => {
    const all = processes();
    const tree = all.filter((each) => each.parent === process.pid && each.name === name);
    for (let index = 0; index < tree.length; index++) {
      tree.push(...all.filter(({ parent }) => parent === tree[index]?.pid));
    }
    for (const each of tree) ticks.set(each.pid, each.ticks);
    if (looks++ % memoryEvery !== 0) return;
    peak = Math.max(
      peak,
      tree.reduce((sum, each) => sum + heldBy(each), 0),
    );
  };
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    return {
      cpuSeconds: [...ticks.values()].reduce((sum, each) => sum + each, 0) / ticksPerSecond,
      peakMegabytes: peak / 1e6,
    };
  };
}

/** Bytes: its proportional share (proc_pid_smaps_rollup(5)), else all that is resident. */
function heldBy({ pid, pages }: Process): number {
  try {
    const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8")) ?? [];
    return kilobytes === undefined ? pages * pageBytes : Number(kilobytes) * 1_024;
  } catch {
    return pages * pageBytes;
  }
}

/** proc(5): after the name in brackets come state, parent, …; 14 and 15 are times, 24 the resident pages. */
function processes(): Process[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      let stat: string;
      try {
        stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      } catch {
        return []; // It ended just now.
      }
      const end = stat.lastIndexOf(")");
      const fields = stat.slice(end + 2).split(" ");
      return {
        pid: Number(entry),
        parent: Number(fields[1]),
        name: stat.slice(stat.indexOf("(") + 1, end),
        ticks: Number(fields[11]) + Number(fields[12]),
        pages: Number(fields[21]),
      };
    });
}
