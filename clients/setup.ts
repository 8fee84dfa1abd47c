/** What setting production up asks of GitHub's REST API and does there. */
import { PlatformError } from "../core/errors";
import { githubHeaders } from "./github-requests";

export interface SetupAccess {
  /** Base URL of the REST API, e.g. `https://api.github.com/`. */
  readonly githubUrl: string;
  readonly token: string;
}

export interface OwnerAccount {
  /** As GitHub spells it. */
  readonly login: string;
  readonly type: "Organization" | "User";
}

/** @throws PlatformError where there is no such account, or GitHub refuses or doesn't answer */
export async function readOwner(access: SetupAccess, login: string): Promise<OwnerAccount> {
  const { status, body } = await call(access, "GET", `users/${login}`);
  if (status === 200) {
    return { login: String(body["login"]), type: body["type"] === "Organization" ? "Organization" : "User" };
  }
  throw refusal("--owner", status, `there is no organization or user account of this name`, login);
}

export interface ExistingRepository {
  readonly cloneUrl: string;
  readonly defaultBranch: string;
}

/** Undefined where it isn't there, or the token may not see it. */
export async function readRepository(
  access: SetupAccess,
  owner: string,
  name: string,
): Promise<ExistingRepository | undefined> {
  const { status, body } = await call(access, "GET", `repos/${owner}/${name}`);
  if (status === 404) return undefined;
  if (status === 200) return repositoryOf(body);
  throw refusal("--repository", status, "GitHub doesn't show the repository", `${owner}/${name}`);
}

/** Makes an empty repository of an organization, or of the account that the token is of. */
export async function createRepository(
  access: SetupAccess,
  owner: OwnerAccount,
  repository: { readonly name: string; readonly visibility: "public" | "private" },
): Promise<ExistingRepository> {
  const path = owner.type === "User" ? "user/repos" : `orgs/${owner.login}/repos`;
  const { name, visibility } = repository;
  const { status, body } = await call(access, "POST", path, {
    name,
    visibility,
    private: visibility !== "public",
  });
  if (status === 201) return repositoryOf(body);
  throw refusal("--repository", status, "GitHub refuses to make the repository", `${owner.login}/${name}`);
}

/** Names of a folder's files on the default branch; none where there is no such folder. */
export async function readFolder(
  access: SetupAccess,
  owner: string,
  repository: string,
  folder: string,
): Promise<readonly string[]> {
  const url = `repos/${owner}/${repository}/contents/${folder}`;
  const { status, body } = await call(access, "GET", url);
  return status === 200 && Array.isArray(body)
    ? body.map((entry: { name?: unknown }) => String(entry.name)).sort()
    : [];
}

function repositoryOf(body: Record<string, unknown>): ExistingRepository {
  return { cloneUrl: String(body["clone_url"]), defaultBranch: String(body["default_branch"]) };
}

async function call(
  { githubUrl, token }: SetupAccess,
  method: "GET" | "POST",
  path: string,
  content?: unknown,
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const url = new URL(path, githubUrl.endsWith("/") ? githubUrl : `${githubUrl}/`);
  let answer: Response;
  try {
    answer = await fetch(url, {
      method,
      headers: githubHeaders(token, content),
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      signal: AbortSignal.timeout(20_000),
    });
  } catch (cause) {
    throw new PlatformError(
      {
        code: "github-unreachable",
        where: "--github-url",
        problem: "GitHub's API can't be reached",
        got: githubUrl,
        fix: "check the address and the network, then run it again: what is done stays done",
      },
      { cause },
    );
  }
  const text = await answer.text();
  return { status: answer.status, body: (text === "" ? {} : JSON.parse(text)) as Record<string, unknown> };
}

function refusal(where: string, status: number, problem: string, got: string): PlatformError {
  if (status === 401) {
    return new PlatformError({
      code: "token-refused",
      where: "GITHUB_TOKEN",
      problem: "GitHub refuses the token (401)",
      fix: "make a new one at https://github.com/settings/tokens and export it as GITHUB_TOKEN",
    });
  }
  return new PlatformError({
    code: "github-refused",
    where,
    problem: `${problem} (${status})`,
    got,
    fix: "check the name, and that the token may see and make it: ghcr doctor says what it lacks",
  });
}
