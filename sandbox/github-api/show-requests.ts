/** Reading GitHub's REST API for `make show`, whichever serves it. */
import { PlatformError } from "../../core/errors";

export interface ApiAccess {
  /** Base URL of the REST API, e.g. `http://127.0.0.1:18480/` or `https://api.github.com`. */
  readonly url: string;
  readonly token: string;
}

/** Every page of a list; with a key, of a list that is wrapped in an object. */
export async function list<T>(access: ApiAccess, path: string, key?: string): Promise<T[]> {
  const found: T[] = [];
  for (let page = 1; ; page += 1) {
    const answer = await getIfThere<T[] | Record<string, T[]>>(
      access,
      `${path}${path.includes("?") ? "&" : "?"}per_page=100&page=${page}`,
    );
    const items = (key === undefined ? answer : (answer as Record<string, T[]> | undefined)?.[key]) as
      T[] | undefined;
    found.push(...(items ?? []));
    if ((items ?? []).length < 100) return found;
  }
}

export async function get<T>(access: ApiAccess, path: string): Promise<T> {
  const found = await getIfThere<T>(access, path);
  if (found === undefined) throw refused(path, 404);
  return found;
}

export async function getIfThere<T>({ url, token }: ApiAccess, path: string): Promise<T | undefined> {
  const address = new URL(path, url.endsWith("/") ? url : `${url}/`);
  let answer: Response;
  try {
    answer = await fetch(address, {
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/vnd.github+json",
        "user-agent": "ghcr-platform",
      },
      signal: AbortSignal.timeout(10_000),
    });
  } catch (cause) {
    const fix = "check the address; in the sandbox, `make up` starts the stand-in again";
    const problem = "GitHub's API can't be reached";
    throw new PlatformError(
      { code: "github-unreachable", where: "GitHub", problem, got: url, fix },
      { cause },
    );
  }
  // A repository without commits has no tree (409), an environment without policies no list of them (404).
  if (answer.status === 404 || answer.status === 409) return undefined;
  if (!answer.ok) throw refused(path, answer.status);
  return (await answer.json()) as T;
}

function refused(path: string, status: number): PlatformError {
  const fix = "check that the token may read the owner's repositories";
  return new PlatformError({ code: "github-refused", where: path, problem: `GitHub answers ${status}`, fix });
}
