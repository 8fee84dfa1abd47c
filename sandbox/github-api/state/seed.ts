/** Who is there from the start. Applied at every start; what is there already keeps its id. */
import { z } from "zod";
import { PlatformError, type Fault } from "../../../core/errors";
import { tokenDigest } from "../pipeline/authenticate";
import type { Ids } from "./store";
import type { ReadonlyState } from "./state";
import { put, type Event, type Grant, type Owner } from "./tables";

/** A person's or an organization's; with `[bot]`, an app's. */
const login = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:\[bot\])?$/, "letters, digits and dashes, at most 39");

const tokenSchema = z
  .strictObject({
    /** Its text; stored as SHA-256 only. */
    token: z.string().min(1),
    login,
    /** A classic token's scopes. */
    scopes: z.array(z.string()).optional(),
    /** A fine-grained token's permissions. */
    permissions: z.record(z.string(), z.enum(["read", "write"])).optional(),
  })
  .refine((token) => (token.scopes === undefined) !== (token.permissions === undefined), {
    error: "a token has either scopes or permissions",
  });

const accountSchema = z.strictObject({
  login,
  name: z.string().optional(),
  email: z.string().optional(),
});

const seedSchema = z.strictObject({
  owners: z
    .array(
      accountSchema.extend({
        type: z.enum(["Organization", "User"]),
        /** Of an organization. Left out: every seeded user is its admin. */
        members: z.record(z.string(), z.enum(["admin", "member"])).optional(),
        teams: z
          .array(z.strictObject({ slug: z.string(), name: z.string().optional(), members: z.array(login) }))
          .optional(),
      }),
    )
    .default([]),
  users: z.array(accountSchema).default([]),
  tokens: z.array(tokenSchema).default([]),
});

export type Seed = z.input<typeof seedSchema>;
export type SeedToken = z.input<typeof tokenSchema>;

/**
 * @param where what the seed was read from, for error messages
 * @throws PlatformError `invalid-seed` with every fault; no token is in it
 */
export function parseSeed(raw: unknown, where: string): z.output<typeof seedSchema> {
  const parsed = seedSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new PlatformError(
    parsed.error.issues.map((issue): Fault => ({
      code: "invalid-seed",
      where: `${where}: ${issue.path.join(".") || "(top)"}`,
      problem: issue.message,
      fix: "see Seed in sandbox/github-api/state/seed.ts",
    })),
  );
}

/** The events that make what the seed names; none for what is so already. */
export function seedEvents(
  seed: z.output<typeof seedSchema>,
  state: ReadonlyState,
  ids: Ids,
  now: string,
): Event[] {
  const userLogins = new Set([
    ...seed.users.map((user) => user.login.toLowerCase()),
    ...seed.owners.filter((owner) => owner.type === "User").map((owner) => owner.login.toLowerCase()),
  ]);
  const accounts = new Map<string, Omit<Owner, "id" | "createdAt">>();
  for (const user of seed.users) accounts.set(user.login.toLowerCase(), account(user, "User", {}));
  for (const owner of seed.owners) {
    const everyone = Object.fromEntries([...userLogins].map((one) => [one, "admin"] as const));
    const named = Object.entries(owner.members ?? everyone).map(([one, role]) => [one.toLowerCase(), role]);
    const members = owner.type === "Organization" ? (Object.fromEntries(named) as Owner["members"]) : {};
    accounts.set(owner.login.toLowerCase(), account(owner, owner.type, members));
  }
  const events: Event[] = [];
  for (const [key, wanted] of accounts) {
    const known = state.get("owners", key);
    const owner: Owner = { id: known?.id ?? ids.next(), createdAt: known?.createdAt ?? now, ...wanted };
    if (!same(known, owner)) events.push(put("owners", key, owner));
  }
  for (const owner of seed.owners) {
    for (const { slug, name, members } of owner.teams ?? []) {
      const known = state
        .list("teams")
        .find((team) => team.organization === owner.login && team.slug === slug);
      const lower = members.map((member) => member.toLowerCase());
      const team = {
        id: known?.id ?? ids.next(),
        organization: owner.login,
        slug,
        name: name ?? slug,
        members: lower,
      };
      if (!same(known, team)) events.push(put("teams", team.id, team));
    }
  }
  return [...events, ...seed.tokens.flatMap((token) => tokenEvents(token, state))];
}

/** The event that makes a token valid; none where it is so already. */
export function tokenEvents(token: z.output<typeof tokenSchema>, state: ReadonlyState): Event[] {
  const digest = tokenDigest(token.token);
  const grant: Grant =
    token.permissions === undefined
      ? { kind: "classic", scopes: token.scopes ?? [] }
      : { kind: "fine-grained", permissions: token.permissions };
  const value = { login: token.login, grant };
  return same(state.get("tokens", digest), value) ? [] : [put("tokens", digest, value)];
}

/** @throws PlatformError `invalid-seed` */
export function parseToken(raw: unknown): z.output<typeof tokenSchema> {
  const [token] = parseSeed({ tokens: [raw] }, "token").tokens;
  if (token === undefined) throw new Error("a token was parsed and is not there");
  return token;
}

function account(
  { login: name, ...more }: z.output<typeof accountSchema>,
  type: Owner["type"],
  members: Owner["members"],
): Omit<Owner, "id" | "createdAt"> {
  return { login: name, type, name: more.name ?? null, email: more.email ?? null, members };
}

function same(a: unknown, b: unknown): boolean {
  const sorted = (value: unknown): string =>
    JSON.stringify(value, (_, inner: unknown) =>
      inner !== null && typeof inner === "object" && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([x], [y]) => (x < y ? -1 : 1)))
        : inner,
    );
  return a !== undefined && sorted(a) === sorted(b);
}
