/** Which process a pid stands for. The system gives a number out again once its process has ended. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/**
 * When the process with this pid started, in a form that only compares equal for the very same process;
 * undefined if there is none, or only one that has ended and waits to be collected.
 */
export function processStart(pid: number): string | undefined {
  return existsSync("/proc/self/stat") ? linuxStart(pid) : otherStart(pid);
}

/** Sends a signal; a process that has ended by then is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Ends a process that leads a group (one that was spawned detached), and all of the group, at once. */
export function killGroup(pid: number): void {
  signal(-pid, "SIGKILL");
}

/** proc(5): field 3 is the state, field 22 the start in clock ticks since boot, which the boot's id completes. */
function linuxStart(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The second field, the command in parentheses, may hold spaces and parentheses of its own.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, ticks] = [fields[0], fields[19]];
  if (state === "Z" || state === "X" || ticks === undefined) return undefined;
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  return `${boot}:${ticks}`;
}

/** macOS and BSD: ps has it to the second. */
function otherStart(pid: number): string | undefined {
  try {
    const [state, ...start] = execFileSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
      .trim()
      .split(/\s+/);
    return state === undefined || state === "" || state.startsWith("Z") ? undefined : start.join(" ");
  } catch {
    return undefined;
  }
}
