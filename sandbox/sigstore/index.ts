/**
 * Stand-in for Sigstore, and for what tells GitHub's jobs who they are. cosign talks to it as it does to the public one:
 * an identity token, a certificate for it (Fulcio), an entry in a transparency log (Rekor), and the TUF repository that
 * says whom to trust. Keys, certificates and entries are real, made by Sigstore's own mocks
 * (https://github.com/sigstore/sigstore-js/tree/main/packages/mock), and hold as long as it runs. Unlike the public one
 * it asks for no proof that a client holds its key, and each entry of the log is the only one of its tree.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { run } from "../run";
import type { Job } from "./identity";
import { openServices, tokenPath, type Answer, type Routes } from "./services";

export type { Job } from "./identity";

type Variables = Readonly<Record<string, string>>;

export interface Sigstore {
  /** With these, cosign trusts this Sigstore and no other. */
  readonly trust: Variables;
  /** With these, too, cosign signs as the job: https://docs.github.com/actions/reference/security/oidc */
  identify(job: Job): Variables;
  close(): Promise<void>;
}

export interface SigstoreOptions {
  /** cosign, by its path. */
  readonly cosign: string;
  /** Where cosign keeps whom it trusts. */
  readonly folder: string;
}

export async function startSigstore({ cosign, folder }: SigstoreOptions): Promise<Sigstore> {
  const jobs = new Map<string, Job>();
  let routes: Routes = new Map();
  const server = createServer((message, response) => void serve(routes, message, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const services = await openServices(url, jobs);
  routes = services.routes;
  const trust = { TUF_ROOT: join(folder, "tuf") };
  const root = join(folder, "root.json");
  mkdirSync(folder, { recursive: true });
  writeFileSync(root, services.root);
  await run(cosign, ["initialize", "--mirror", url, "--root", root], { env: { ...process.env, ...trust } });
  return {
    trust,
    identify(job) {
      const token = randomBytes(24).toString("base64url");
      jobs.set(token, job);
      return {
        ...trust,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
        // As GitHub's: cosign adds `&audience=…`.
        ACTIONS_ID_TOKEN_REQUEST_URL: `${url}${tokenPath}?api-version=2.0`,
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function serve(routes: Routes, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams: query } = new URL(message.url ?? "/", "http://sigstore");
  const { status, body, headers } = await answer();
  response.writeHead(status, headers).end(body);

  async function answer(): Promise<Answer> {
    const route = routes.get(`${message.method ?? ""} ${pathname}`);
    if (route === undefined) return { status: 404, body: "" };
    const bearer = (message.headers.authorization ?? "").replace(/^bearer /i, "");
    try {
      return await route({ body: await text(message), query, bearer });
    } catch (error) {
      return { status: 400, body: error instanceof Error ? error.message : String(error) };
    }
  }
}
