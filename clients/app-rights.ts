/** What GitHub shows a GitHub App of itself: what it asks for, and what its installation was given. */
import { z } from "zod";
import { PlatformError } from "../core/errors";
import type { AppFacts } from "../core/rights";
import { appCalls, type AppSignIn } from "./app-token";
import type { GitHubCalls } from "./github-calls";
import type { OwnerAccount } from "./setup";

const held = z.record(z.string(), z.string());

const appSchema = z.object({
  slug: z.string(),
  owner: z.object({ login: z.string(), type: z.string() }),
  html_url: z.string(),
  permissions: held,
});

const installationSchema = z.object({
  id: z.int(),
  account: z.object({ login: z.string() }),
  html_url: z.string(),
  permissions: held,
  repository_selection: z.enum(["all", "selected"]),
  suspended_at: z.string().nullable().optional(),
});

type App = z.output<typeof appSchema>;

/**
 * @param platform the platform's own repository; undefined where it isn't there yet
 * @throws PlatformError where the key isn't the app's, or the installation isn't the owner's
 */
export async function readApp(
  githubUrl: string,
  signIn: AppSignIn,
  owner: OwnerAccount,
  platform: string | undefined,
): Promise<AppFacts> {
  const calls = appCalls(githubUrl, signIn);
  const app = await calls.read("app", appSchema, [401, 404]);
  if (app === undefined) throw strange(signIn);
  const path = `app/installations/${encodeURIComponent(signIn.installationId)}`;
  const installation = await calls.read(path, installationSchema);
  if (installation?.account.login.toLowerCase() !== owner.login.toLowerCase())
    throw await elsewhere(calls, app, owner, signIn);
  const reachesPlatform = async (): Promise<boolean | undefined> => {
    if (installation.repository_selection === "all") return true;
    if (platform === undefined) return undefined;
    const there = await calls.read(`repos/${owner.login}/${platform}/installation`, installationSchema);
    return there !== undefined;
  };
  return {
    slug: app.slug,
    asks: app.permissions,
    appPage: settingsPage(app),
    installation: {
      has: installation.permissions,
      page: installation.html_url,
      suspended: typeof installation.suspended_at === "string",
      reachesPlatform: await reachesPlatform(),
    },
  };
}

function settingsPage({ slug, owner, html_url: page }: App): string {
  const whose = owner.type === "Organization" ? `/organizations/${owner.login}` : "";
  return new URL(`${whose}/settings/apps/${slug}/permissions`, page).href;
}

function strange({ id }: AppSignIn): PlatformError {
  return new PlatformError({
    code: "app-refused",
    where: "--app-id, --app-key-file",
    problem: "GitHub knows no app of this id that this key belongs to",
    got: id,
    fix: "take both from the app's own page, under Settings, Developer settings, GitHub Apps",
  });
}

/** Says which installation the owner has, if any. */
async function elsewhere(
  calls: GitHubCalls,
  app: App,
  { login, type }: OwnerAccount,
  { installationId }: AppSignIn,
): Promise<PlatformError> {
  const kind = type === "Organization" ? "orgs" : "users";
  const own = await calls.read(`${kind}/${login}/installation`, installationSchema);
  return new PlatformError({
    code: "no-installation",
    where: "--app-installation-id",
    problem: `the app ${app.slug} has no such installation for ${login}`,
    got: installationId,
    fix:
      own === undefined
        ? `install it for ${login} first: ${app.html_url}/installations/new`
        : `give --app-installation-id ${own.id}`,
  });
}
