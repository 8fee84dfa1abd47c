/** The engine's output for a person to follow: without the builder's log, which a failure repeats in full. */

/** BuildKit numbers its lines, `#12 exporting layers`; the engine puts each behind the resource that it is of. */
const builderLog = /docker-build:index:Image \S+ \S+ \([^)]*\) #\d+ /;

/** Passes whole lines on as they come, those of the builder's log left out; `end` gives what is left over. */
export function engineLines(write: (text: string) => void): { add(chunk: Buffer): void; end(): void } {
  let rest = "";
  const pass = (lines: readonly string[]) => {
    const kept = lines.filter((line) => !builderLog.test(line));
    if (kept.length > 0) write(`${kept.join("\n")}\n`);
  };
  return {
    add(chunk) {
      const lines = (rest + chunk.toString()).split("\n");
      rest = lines.pop() ?? "";
      pass(lines);
    },
    end() {
      if (rest !== "") pass([rest]);
      rest = "";
    },
  };
}
