/** Whether the lock that keeps a run from a stack is one of a run that is gone. */
import { hostname } from "node:os";
import { PlatformError } from "../core/errors";

/** The engine's words where a stack is locked: pulumi/pulumi pkg/backend/diy/lock.go at v3.274.1. */
const locked = /the stack is currently locked by (\d+) lock\(s\)/;
const holder = /created by \S+@(\S+) \(pid (\d+)\)/g;

export interface Machine {
  readonly hostname: string;
  readonly isAlive: (pid: number) => boolean;
}

const thisMachine: Machine = {
  hostname: hostname(),
  isAlive: (pid) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      // EPERM: it is there, and somebody else's.
      return (error as NodeJS.ErrnoException).code !== "ESRCH";
    }
  },
};

/**
 * Reads what an operation of the engine said.
 * @returns whether it was refused by a lock, all of whose holders ran on this machine and are gone
 * @throws PlatformError `stack-locked` where one may be at work
 */
export function isDeadLock(stack: string, output: string, machine: Machine = thisMachine): boolean {
  if (!locked.test(output)) return false;
  const holders = [...output.matchAll(holder)].map(([, host = "", pid]) => ({ host, pid: Number(pid) }));
  const dead = ({ host, pid }: (typeof holders)[number]) =>
    host === machine.hostname && !machine.isAlive(pid);
  if (holders.length > 0 && holders.every(dead)) return true;
  const names = holders.map(({ host, pid }) => `process ${pid} on ${host}`).join(", ") || "somebody";
  throw new PlatformError({
    code: "stack-locked",
    where: stack,
    problem: `${names} works on the stack, or was killed while it did`,
    fix: `wait for it; once it is certain that it is gone: pulumi cancel --yes --stack ${stack}`,
  });
}
