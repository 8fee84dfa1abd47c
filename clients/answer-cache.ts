/**
 * GitHub's answers with their ETags, kept on disk across runs. To a signed-in client "not modified" costs nothing of the
 * hourly limit (GitHub Docs, "Best practices for using the REST API"), so what has not changed is read for nothing.
 *
 * Of no use where one run reads a thing once and the machine ends with it; and not for what is about to be deleted,
 * which is looked at anew.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { platformCache } from "./manifest-cache";

export interface KeptAnswer {
  readonly etag: string;
  /** The header that leads to the next page. */
  readonly link: string | null;
  readonly text: string;
}

export interface AnswerCache {
  /** Undefined: nothing is kept, or what is on disk is damaged. */
  get(url: string): KeptAnswer | undefined;
  put(url: string, answer: KeptAnswer): void;
}

/** @param environment for XDG_CACHE_HOME */
export function answerCacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  return join(platformCache(environment), "answers");
}

const keptSchema = z.object({ etag: z.string(), link: z.string().nullable(), text: z.string() });

/** @param token whose answers they are: what one may see, another may not. Only its hash reaches the disk. */
export function diskAnswerCache(folder: string, token: string): AnswerCache {
  const fileOf = (url: string) => {
    const name = createHash("sha256").update(`${token}\0${url}`).digest("hex");
    return join(folder, name.slice(0, 2), name.slice(2));
  };
  return {
    get(url) {
      try {
        return keptSchema.parse(JSON.parse(readFileSync(fileOf(url), "utf8")));
      } catch {
        return undefined;
      }
    },
    put(url, answer) {
      const file = fileOf(url);
      try {
        mkdirSync(join(file, ".."), { recursive: true, mode: 0o700 });
        writeFileSync(`${file}.${process.pid}`, JSON.stringify(answer), { mode: 0o600 });
        renameSync(`${file}.${process.pid}`, file);
      } catch {
        // A cache that can't be written costs requests and nothing else.
      }
    },
  };
}
