/**
 * act, which runs GitHub's workflows on one machine: https://github.com/nektos/act. Installed when it is first asked
 * for, from the Go module proxy, whose checksum database vouches for it.
 */
import { join } from "node:path";
import { cacheFolder, fill, isFilled } from "../toolchain/cache";
import type { Progress } from "../progress";
import { run } from "../run";

const version = "0.2.89";

/**
 * Path of the program.
 * @throws Error where Go is missing or the proxy can't be reached
 */
export async function ensureAct(progress: Progress, cache: string = cacheFolder()): Promise<string> {
  const folder = join(cache, "workflow", `act-${version}`);
  if (!isFilled(folder)) {
    await progress.step(`act ${version}`, { typical: "40 s" }, () =>
      fill(folder, async (into) => {
        const module = `github.com/nektos/act@v${version}`;
        await run("go", ["install", "-ldflags=-s -w", module], {
          env: { ...process.env, GOBIN: join(into, "bin"), CGO_ENABLED: "0" },
        });
      }),
    );
  }
  return join(folder, "bin", "act");
}
