/** GitHub's identity tokens for a job: https://docs.github.com/actions/reference/security/oidc */
import { createSign, createVerify, generateKeyPairSync } from "node:crypto";
import { githubIssuer } from "../../core/evidence";
import { parseJson } from "../../core/json";

/** A job that may ask for tokens (`id-token: write`). */
export interface Job {
  /** Of the repository's server, without a slash at its end. */
  readonly serverUrl: string;
  /** `<owner>/<name>` */
  readonly repository: string;
  /** Name of the workflow's file. */
  readonly workflow: string;
  readonly ref: string;
  readonly sha: string;
  readonly event: string;
}

export interface Claims {
  readonly aud: string;
  readonly exp: number;
  readonly sub: string;
  readonly serverUrl: string;
  readonly job_workflow_ref: string;
  readonly [claim: string]: unknown;
}

const minutes = 60;

export class IdentityTokens {
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });

  issue(job: Job, audience: string): string {
    const [now, { repository, ref }] = [Math.floor(Date.now() / 1000), job];
    const workflow = `${repository}/.github/workflows/${job.workflow}@${ref}`;
    const subject = job.event === "pull_request" ? "pull_request" : `ref:${ref}`;
    const claims: Claims = {
      ...{ iss: githubIssuer, aud: audience, sub: `repo:${repository}:${subject}` },
      ...{ iat: now, nbf: now, exp: now + 10 * minutes },
      ...{ repository, repository_owner: repository.split("/")[0], ref, sha: job.sha, event_name: job.event },
      ...{ workflow_ref: workflow, job_workflow_ref: workflow, run_id: "1", run_attempt: "1" },
      serverUrl: job.serverUrl,
    };
    const signed = [{ alg: "RS256", typ: "JWT" }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${signed}.${createSign("RSA-SHA256").update(signed).sign(this.#keys.privateKey, "base64url")}`;
  }

  /** Undefined: the token is none of these, is over, or is meant for somebody else. */
  read(token: string, audience: string): Claims | undefined {
    const [head, body = "", signature = ""] = token.split(".");
    const own = createVerify("RSA-SHA256")
      .update(`${head}.${body}`)
      .verify(this.#keys.publicKey, signature, "base64url");
    if (!own) return undefined;
    const claims = parseJson(Buffer.from(body, "base64url")) as Claims;
    return claims.aud === audience && claims.exp > Date.now() / 1000 ? claims : undefined;
  }
}
