/**
 * What a person sees while something takes its time: a line when a step begins, with how long such a step
 * usually takes, a sign of life while it runs, and how long it took. All of it goes to stderr.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import pc from "picocolors";

/** Shows steps. Steps may nest and may run side by side. */
export interface Progress {
  /**
   * Runs `work` as a step called `title`. `typical` says how long it usually takes, e.g. `4 min`. What `work`
   * tells through `say` (e.g. `12 of 60 MB`) is shown with the next sign of life. Its error passes through.
   */
  step<T>(
    title: string,
    options: { readonly typical?: string },
    work: (say: (detail: string) => void) => Promise<T>,
  ): Promise<T>;
  /** One line of its own, e.g. a thing that was found rather than done. */
  note(line: string): void;
}

/** Where progress goes and what tells it the time; a test brings its own. */
export interface ProgressTerminal {
  write(text: string): void;
  /** A terminal whose last line can be written over. */
  readonly isTTY: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Milliseconds; only differences count. */
  now(): number;
  /** Calls `tick` every `milliseconds` until the returned function is called. */
  every(milliseconds: number, tick: () => void): () => void;
}

interface Step {
  readonly title: string;
  readonly begun: number;
  detail: string;
  /** Steps that run inside it; while there are any, they speak for it. */
  children: number;
}

const SILENT_BELOW = 2_000;

/** Progress on stderr, or wherever `terminal` writes. */
export function terminalProgress(terminal: ProgressTerminal = stderrTerminal()): Progress {
  const running = new Set<Step>();
  const current = new AsyncLocalStorage<Step>();
  let liveLine = false;
  let stop: (() => void) | undefined;

  const clear = (): void => {
    if (liveLine) terminal.write("\r\u001b[2K");
    liveLine = false;
  };
  const line = (text: string): void => {
    clear();
    terminal.write(`${text}\n`);
  };
  const tick = (): void => {
    const said = [...running]
      .filter((step) => step.children === 0)
      .map((step) => alive(step, terminal.now()));
    if (said.length === 0) return;
    if (!terminal.isTTY) return said.forEach((text) => line(`  … ${text}`));
    clear();
    terminal.write(`  ${said.join(" · ")}`.slice(0, terminal.columns - 1));
    liveLine = true;
  };

  return {
    note: (text) => line(`  ${text}`),
    async step(title, { typical }, work) {
      const step: Step = { title, begun: terminal.now(), detail: "", children: 0 };
      const parent = current.getStore();
      if (parent !== undefined) parent.children++;
      running.add(step);
      line(`${pc.cyan("▸")} ${title}${typical === undefined ? "" : pc.dim(` (usually about ${typical})`)}`);
      stop ??= terminal.every(terminal.isTTY ? 1_000 : 10_000, tick);
      let sign = pc.green("✓");
      try {
        return await current.run(step, () => work((detail) => (step.detail = detail)));
      } catch (error) {
        sign = pc.red("✗");
        throw error;
      } finally {
        running.delete(step);
        if (parent !== undefined) parent.children--;
        if (running.size === 0) {
          stop?.();
          stop = undefined;
        }
        const took = terminal.now() - step.begun;
        if (took > SILENT_BELOW) line(`${sign} ${title} ${pc.dim(`(${formatDuration(took)})`)}`);
        else clear();
      }
    },
  };
}

/** Progress that nobody sees. */
export const silentProgress: Progress = {
  step: (_title, _options, work) => work(() => {}),
  note: () => {},
};

/** `0 s`, `59 s`, `1 min 5 s`, `2 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return rest === 0 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
}

function alive(step: Step, now: number): string {
  const detail = step.detail === "" ? "" : `, ${step.detail}`;
  return `${step.title}: ${formatDuration(now - step.begun)}${detail}`;
}

function stderrTerminal(): ProgressTerminal {
  return {
    write: (text) => void process.stderr.write(text),
    isTTY: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 80,
    now: () => performance.now(),
    every(milliseconds, tick) {
      const timer = setInterval(tick, milliseconds);
      timer.unref();
      return () => clearInterval(timer);
    },
  };
}
