/** What Sigstore's parts answer, as plain functions of what they are asked. */
import { generateKeyPairSync } from "node:crypto";
// Not the package's top, which takes hold of this process' own requests.
import { fulcioHandler, initializeCA, initializeCTLog } from "@sigstore/mock/dist/fulcio";
import { initializeTLog, rekorHandler } from "@sigstore/mock/dist/rekor";
import { IdentityTokens, type Claims, type Job } from "./identity";
import { loggedEntry } from "./log-entry";
import { signingConfig, trustedRoot } from "./trust";
import { updateRepository } from "./tuf";

export interface Question {
  readonly body: string;
  readonly query: URLSearchParams;
  /** What follows `Bearer ` in the request's authorization. */
  readonly bearer: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

type Route = (question: Question) => Answer | Promise<Answer>;

/** By method and path, e.g. `GET /timestamp.json`. */
export type Routes = ReadonlyMap<string, Route>;

export interface Services {
  readonly routes: Routes;
  /** The TUF repository's first root, which a client has to have from elsewhere. */
  readonly root: string;
}

/** Path that tells a job who it is. */
export const tokenPath = "/token";

/** Whom a token has to be meant for to get a certificate. */
const audience = "sigstore";

/**
 * @param url where they are served
 * @param jobs who may ask for an identity token, by what they show
 */
export async function openServices(url: string, jobs: ReadonlyMap<string, Job>): Promise<Services> {
  const certificateLog = await initializeCTLog(keys());
  const authority = await initializeCA(keys(), certificateLog);
  const transparencyLog = await initializeTLog(url, keys());
  const anchors = {
    // The log tells whole seconds, which begin before the first signature is made.
    ...{ url, since: new Date(Date.now() - 60_000) },
    transparencyLog: transparencyLog.publicKey,
    certificateLog: certificateLog.publicKey,
    authority: bytesOf(authority.rootCertificate),
  };
  const { root, files } = updateRepository({
    "trusted_root.json": JSON.stringify(trustedRoot(anchors)),
    "signing_config.v0.2.json": JSON.stringify(signingConfig(anchors)),
  });
  const tokens = new IdentityTokens();
  const certify = fulcioHandler(authority, { subjectClaim: "san" });
  const log = rekorHandler(transparencyLog);
  const routes = new Map<string, Route>([
    [`GET ${tokenPath}`, tokenRoute(tokens, jobs)],
    [`POST ${certify.path}`, certificateRoute(tokens, certify.fn)],
    [`POST ${log.path}`, logRoute(log.fn)],
    ...[...files].map(([path, body]) => [`GET ${path}`, (): Answer => ({ status: 200, body })] as const),
  ]);
  return { routes, root };
}

type Respond = ReturnType<typeof fulcioHandler>["fn"];

function tokenRoute(tokens: IdentityTokens, jobs: ReadonlyMap<string, Job>): Route {
  return ({ bearer, query }) => {
    const job = jobs.get(bearer);
    if (job === undefined) return { status: 401, body: "no job asks with this token" };
    const headers = { "content-type": "application/json" };
    return {
      status: 200,
      body: JSON.stringify({ value: tokens.issue(job, query.get("audience") ?? "") }),
      headers,
    };
  };
}

function certificateRoute(tokens: IdentityTokens, respond: Respond): Route {
  return async ({ bearer, body }) => {
    const claims = tokens.read(bearer, audience);
    if (claims === undefined) return { status: 401, body: "the identity token is not one of this issuer's" };
    const credentials = { oidcIdentityToken: named(claims) };
    const given = await respond(JSON.stringify({ ...(JSON.parse(body) as object), credentials }));
    // The mock has 201; Fulcio's own API, and so cosign, 200.
    return { ...answerOf(given), status: given.statusCode === 201 ? 200 : given.statusCode };
  };
}

/** With the name that a certificate gives a job of GitHub's: its workflow's page, as Fulcio is set up for this issuer. */
function named(claims: Claims): string {
  const san = `${claims.serverUrl}/${claims.job_workflow_ref}`;
  const body = Buffer.from(JSON.stringify({ ...claims, san })).toString("base64url");
  return `${Buffer.from("{}").toString("base64url")}.${body}.`;
}

function logRoute(respond: Respond): Route {
  return async ({ body }) => {
    const given = answerOf(await respond(JSON.stringify(loggedEntry(JSON.parse(body)))));
    if (given.status !== 201) return given;
    const [id = ""] = Object.keys(JSON.parse(String(given.body)) as object);
    return { ...given, headers: { ...given.headers, etag: id } };
  };
}

interface Given {
  readonly statusCode: number;
  readonly response: string | ArrayBufferView;
  readonly contentType?: string;
}

function answerOf({ statusCode, response, contentType }: Given): Answer {
  const headers = { "content-type": contentType ?? "text/plain" };
  return { status: statusCode, body: typeof response === "string" ? response : bytesOf(response), headers };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function keys() {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}
