/** GitHub Apps that a test registers: on GitHub a person does so on a page, and another installs the app. */
import { z } from "zod";
import { botLogin, installationOn } from "../pipeline/apps";
import { ApiError } from "../pipeline/errors";
import type { Store } from "./store";
import { put, type App, type Event, type Installation, type Owner } from "./tables";

const permissions = z.record(z.string(), z.enum(["read", "write"]));

const appSchema = z.strictObject({
  slug: z.string().regex(/^[a-z0-9-]+$/),
  /** Login of who made it. */
  owner: z.string(),
  /** PEM, of the key that it signs by. */
  publicKey: z.string(),
  permissions,
  installations: z
    .array(
      z.strictObject({
        account: z.string(),
        /** Left out: all that the app asks for. */
        permissions: permissions.optional(),
        /** Names; left out: all. */
        repositories: z.array(z.string()).optional(),
        suspended: z.boolean().default(false),
      }),
    )
    .default([]),
});

export type AppRegistration = z.input<typeof appSchema>;

export interface RegisteredApp {
  readonly id: number;
  readonly installations: readonly { readonly id: number; readonly account: string }[];
}

/** @throws ZodError */
export function parseApp(raw: unknown): z.output<typeof appSchema> {
  return appSchema.parse(raw);
}

/**
 * Registers an app, or changes the one of this name; an installation of it that is not named stays.
 * @throws ApiError 422 where an account or repository isn't there
 */
export function appEvents(
  wanted: z.output<typeof appSchema>,
  { state, ids }: Pick<Store, "state" | "ids">,
  now: string,
): { readonly events: Event[]; readonly answer: RegisteredApp } {
  const known = state.list("apps").find(({ slug }) => slug === wanted.slug);
  const { installations, ...rest } = wanted;
  const app: App = { id: known?.id ?? ids.next(), createdAt: known?.createdAt ?? now, ...rest };
  const login = botLogin(app);
  const bot: Owner = state.owner(login) ?? {
    ...{ id: ids.next(), login, type: "User", name: null, email: null, createdAt: now, members: {} },
  };
  const made = installations.map(({ account, repositories, suspended, permissions: given }): Installation => {
    if (state.owner(account) === undefined) throw new ApiError(422, `no account ${account}`);
    const before = installationOn(app, account, state);
    return {
      id: before?.id ?? ids.next(),
      appId: app.id,
      account: account.toLowerCase(),
      permissions: given ?? app.permissions,
      repositories:
        repositories === undefined
          ? "all"
          : repositories.map((name) => {
              const found = state.repository(account, name);
              if (found === undefined) throw new ApiError(422, `no repository ${account}/${name}`);
              return found.id;
            }),
      suspendedAt: suspended ? now : null,
      createdAt: before?.createdAt ?? now,
    };
  });
  return {
    events: [
      put("apps", app.id, app),
      put("owners", login.toLowerCase(), bot),
      ...made.map((one) => put("installations", one.id, one)),
    ],
    answer: { id: app.id, installations: made.map(({ id, account }) => ({ id, account })) },
  };
}
