/** `/_sandbox/…`: what tests and the sandbox ask of the stand-in itself. Never journaled, since tokens come here. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { PlatformError } from "../../core/errors";
import { parseJson } from "../../core/json";
import {
  changeSettings,
  manifestAccepted,
  requestAnswered,
  verdictOn,
  type RegistryControlParts,
} from "./control-registry";
import { isoSeconds } from "./git/objects";
import type { Pushes } from "./git/pushes";
import type { Api } from "./pipeline/api";
import { ApiError } from "./pipeline/errors";
import type { Faults } from "./pipeline/faults";
import type { RateLimits } from "./pipeline/rate-limits";
import type { Request, Response } from "./pipeline/request";
import { appEvents, parseApp } from "./state/apps";
import { parseToken, tokenEvents } from "./state/seed";
import type { Keys } from "./state/keys";
import { put } from "./state/tables";

export interface ControlParts extends RegistryControlParts {
  readonly keys: Keys;
  readonly api: Api;
  readonly limits: RateLimits;
  readonly pushes: Pushes;
  readonly revealSecrets: boolean;
  readonly url: string;
}

const faultSchema = z.strictObject({
  match: z.strictObject({
    method: z.string().optional(),
    path: z.string().optional(),
    operation: z.string().optional(),
  }),
  times: z.int().positive().optional(),
  when: z.enum(["before", "after"]).optional(),
  status: z.int().min(400).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  delayMs: z.int().nonnegative().optional(),
  reset: z.boolean().optional(),
  truncate: z.int().nonnegative().optional(),
  stale: z.int().nonnegative().optional(),
  rate: z.number().positive().max(1).optional(),
  seed: z.int().nonnegative().optional(),
});

const limitsSchema = z.strictObject({
  requestsPerHour: z.int().positive().optional(),
  pointsPerMinute: z.int().positive().optional(),
  contentPerMinute: z.int().positive().optional(),
  contentPerHour: z.int().positive().optional(),
  speed: z.number().min(1).max(3_600).optional(),
});

type Endpoint = (parts: ControlParts, request: Request) => unknown;

const endpoints: Readonly<Record<string, Endpoint>> = {
  "GET /_sandbox/health": ({ url, api }) => ({ ok: true, url, defects: api.defects.length }),
  "GET /_sandbox/defects": ({ api }) => api.defects,

  "GET /_sandbox/journal": ({ journal }) => journal.entries(),
  "DELETE /_sandbox/journal": ({ journal }) => journal.clear(),

  "GET /_sandbox/faults": ({ faults }) => faults.waiting(),
  "DELETE /_sandbox/faults": ({ faults }) => faults.clear(),
  "POST /_sandbox/faults": ({ faults }, request) => {
    const ordered = z.array(faultSchema).parse(json(request));
    // What was left out is absent, not undefined: exactOptionalPropertyTypes tells them apart, zod doesn't.
    faults.order(JSON.parse(JSON.stringify(ordered)) as Parameters<Faults["order"]>[0]);
    return faults.waiting();
  },

  // What is left out is not refused any more.
  "POST /_sandbox/limits": ({ limits }, request) => limits.set(limitsSchema.parse(json(request))),

  "POST /_sandbox/registry/ask": (parts, request) => verdictOn(parts, json(request)),
  "POST /_sandbox/registry/accepted": (parts, request) => manifestAccepted(parts, json(request)),
  "POST /_sandbox/registry/answered": (parts, request) => requestAnswered(parts, json(request)),
  "POST /_sandbox/packages": (parts, request) => changeSettings(parts, json(request)),

  // Ahead only: time that goes back would break what was already answered.
  "POST /_sandbox/clock": async ({ store }, request) => {
    const { advanceMs } = z.strictObject({ advanceMs: z.int().nonnegative() }).parse(json(request));
    const instance = store.state.get("instance", "instance");
    if (instance === undefined) throw new Error("no instance record");
    const clockShiftMs = instance.clockShiftMs + advanceMs;
    await store.commit([put("instance", "instance", { ...instance, clockShiftMs })]);
    return { clockShiftMs };
  },

  "POST /_sandbox/tokens": async ({ store }, request) => {
    const made = `ghp_${randomBytes(18).toString("hex")}`;
    const token = parseToken({ token: made, ...(json(request) as object) });
    if (store.state.owner(token.login) === undefined) return fault(422, `no account ${token.login}`);
    await store.commit(tokenEvents(token, store.state));
    return { token: token.token };
  },

  "POST /_sandbox/apps": async ({ store, clock }, request) => {
    const { events, answer } = appEvents(parseApp(json(request)), store, isoSeconds(clock.now()));
    await store.commit(events);
    return answer;
  },

  "GET /_sandbox/secrets": ({ store, keys, revealSecrets }) => {
    if (!revealSecrets)
      return fault(403, "opening secrets is not enabled: start with revealSecrets (tests only)");
    const shown = store.state.snapshot()["secrets"] ?? {};
    return Object.fromEntries(
      Object.entries(shown).map(([key, secret]) => {
        const { sealed } = secret as { sealed: string };
        return [key, keys.open(key.split("/")[0] as string, sealed) ?? null];
      }),
    );
  },

  "POST /_sandbox/pre-receive": async ({ pushes }, request) => ({
    problems: await pushes.check(json(request) as Parameters<Pushes["check"]>[0]),
  }),
};

export async function controlAnswer(parts: ControlParts, request: Request): Promise<Response> {
  const endpoint = endpoints[`${request.method} ${request.path}`];
  if (endpoint === undefined) return rendered(fault(404, `no ${request.method} ${request.path}`));
  try {
    return rendered(await endpoint(parts, request));
  } catch (error) {
    if (error instanceof z.ZodError) return rendered(fault(422, z.prettifyError(error)));
    if (error instanceof ApiError) return rendered(fault(error.status, error.message));
    if (error instanceof PlatformError) return rendered(fault(422, error.message));
    throw error;
  }
}

class Refusal {
  constructor(
    readonly status: number,
    readonly message: string,
  ) {}
}

function fault(status: number, message: string): Refusal {
  return new Refusal(status, message);
}

function rendered(result: unknown): Response {
  const headers = { "Content-Type": "application/json; charset=utf-8" };
  if (result instanceof Refusal) {
    return { status: result.status, headers, body: JSON.stringify({ message: result.message }) };
  }
  return result === undefined
    ? { status: 204, headers: {}, body: "" }
    : { status: 200, headers, body: JSON.stringify(result) };
}

function json(request: Request): unknown {
  return parseJson(request.body);
}
