/** What a command has of the world around it, so that tests can give it another. */
export interface Io {
  /** All of standard input as text. */
  readonly readInput: () => Promise<string>;
  /** Results; a line's end is added. */
  readonly print: (line: string) => void;
  /** Everything that is not the result; a line's end is added. */
  readonly complain: (line: string) => void;
  /** Writes over the last line of a terminal, "" wipes it; undefined where there is none to write over. */
  readonly status?: ((line: string) => void) | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export function processIo(): Io {
  return {
    readInput: async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    },
    print: (line) => void process.stdout.write(`${line}\n`),
    complain: (line) => void process.stderr.write(`${line}\n`),
    status: process.stderr.isTTY
      ? (line) => void process.stderr.write(`\r\u001b[2K${line.slice(0, process.stderr.columns - 1)}`)
      : undefined,
    environment: process.env,
  };
}
