/** A moment to wait for, in milliseconds since 1970, as people read it: `15:04:09 UTC (in 23 min)`. */
export function momentText(at: number, now: number): string {
  const seconds = Math.max(0, Math.round((at - now) / 1_000));
  const minutes = Math.round(seconds / 60);
  const distance =
    seconds < 120 ? `${seconds} s` : minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
  return `${new Date(at).toISOString().slice(11, 19)} UTC (in ${distance})`;
}
