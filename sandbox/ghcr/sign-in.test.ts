import assert from "node:assert/strict";
import { testImage } from "../../clients/testing/images";
import { PlatformError } from "../../core/errors";
import { tokens, useGhcr } from "./trial";

interface Refusal {
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

describe("signing in to the front", () => {
  const trial = useGhcr();
  const secret = testImage({ salt: "secret" });
  const open = testImage({ salt: "open" });

  before(async () => {
    await trial.push("acme/secret", secret, "1");
    await trial.push("acme/open", open, "1");
    await trial.control("packages", { owner: "acme", name: "open", visibility: "public" });
  });

  const basic = (token: string) => `Basic ${Buffer.from(`anyone:${token}`).toString("base64")}`;
  const token = (scope: string | undefined, authorization?: string): Promise<Response> => {
    const query = new URLSearchParams({ service: "ghcr.io", ...(scope === undefined ? {} : { scope }) });
    const headers = authorization === undefined ? {} : { authorization };
    return fetch(`http://${trial.host}/token?${query}`, { headers });
  };
  const issued = async (scope: string, authorization?: string): Promise<string> =>
    ((await (await token(scope, authorization)).json()) as { token: string }).token;
  const codeOf = async (answer: Response): Promise<[number, string | undefined]> => [
    answer.status,
    ((await answer.json()) as Refusal).errors[0]?.code,
  ];
  const denial = async (asked: Promise<unknown>): Promise<void> =>
    assert.rejects(asked, (error) => error instanceof PlatformError && error.code === "registry-denied");

  it("is asked for with a placeholder scope at /v2/, and with the real one elsewhere", async () => {
    const challenge = (scope: string) =>
      `Bearer realm="http://${trial.host}/token",service="ghcr.io",scope="${scope}"`;
    const asks = async (path: string, method = "GET") => {
      const answer = await trial.fetch(path, { method }, "");
      assert.equal(answer.status, 401);
      return answer.headers.get("www-authenticate");
    };
    assert.equal(await asks("/v2/"), challenge("repository:user/image:pull"));
    assert.equal(await asks("/v2/acme/open/manifests/1"), challenge("repository:acme/open:pull"));
    assert.equal(
      await asks("/v2/acme/open/blobs/uploads/", "POST"),
      challenge("repository:acme/open:pull,push"),
    );
  });

  it("gives nobody a token for public packages only, and never to push", async () => {
    assert.deepEqual(Object.keys((await (await token("repository:acme/open:pull")).json()) as object), [
      "token",
    ]);
    assert.deepEqual(await codeOf(await token("repository:acme/secret:pull")), [401, "UNAUTHORIZED"]);
    assert.deepEqual(await codeOf(await token("repository:acme/nothing:pull")), [401, "UNAUTHORIZED"]);
    assert.deepEqual(await codeOf(await token("repository:acme/open:pull,push")), [403, "DENIED"]);
    const bearer = { authorization: `Bearer ${await issued("repository:acme/open:pull")}` };
    const read = (name: string) =>
      fetch(`http://${trial.host}/v2/acme/${name}/tags/list`, { headers: bearer });
    assert.equal((await read("open")).status, 200);
    assert.equal((await read("secret")).status, 401);
  });

  it("refuses a token that is nobody's", async () => {
    assert.deepEqual(await codeOf(await token("repository:acme/open:pull", basic("wrong"))), [403, "DENIED"]);
    assert.deepEqual(await codeOf(await token(undefined, basic("wrong"))), [403, "DENIED"]);
    assert.deepEqual(await codeOf(await trial.fetch("/v2/", {}, "wrong")), [403, "DENIED"]);
  });

  it("lets an account in that asks for nothing yet, or for the placeholder", async () => {
    assert.equal((await token(undefined, basic(tokens.carol))).status, 200);
    const bearer = await issued("repository:user/image:pull", basic(tokens.carol));
    const headers = { authorization: `Bearer ${bearer}` };
    assert.equal((await fetch(`http://${trial.host}/v2/`, { headers })).status, 200);
  });

  it("is not done by Basic straight on /v2/, but by the token in base64 as Bearer, with a user or without", async () => {
    const at = (authorization: string) =>
      fetch(`http://${trial.host}/v2/acme/secret/tags/list`, { headers: { authorization } });
    assert.deepEqual(await codeOf(await at(basic(tokens.alice))), [403, "DENIED"]);
    const alone = Buffer.from(tokens.alice).toString("base64");
    assert.equal((await at(`Bearer ${alone}`)).status, 200);
    assert.equal((await trial.fetch("/v2/acme/secret/tags/list")).status, 200);
    assert.equal((await at(`Bearer ${tokens.alice}`)).status, 403);
  });

  it("reads public packages without an account, private ones with read:packages and a role", async () => {
    assert.deepEqual(await trial.as("").tags("acme/open"), ["1"]);
    assert.deepEqual(await trial.as(tokens.carol).tags("acme/open"), ["1"]);
    await denial(trial.as("").tags("acme/secret"));
    await denial(trial.as(tokens.carol).tags("acme/secret"));
    await denial(trial.as(tokens.bob).tags("acme/secret"));
    // The repository that it is linked to lets Bob in, if his token reads packages.
    await trial.octokit(tokens.alice).repos.createInOrg({ org: "acme", name: "team", private: true });
    await trial.control("packages", { owner: "acme", name: "secret", repository: "team" });
    assert.deepEqual(await trial.as(tokens.bob).tags("acme/secret"), ["1"]);
    assert.deepEqual(await trial.as(tokens.bobReads).tags("acme/secret"), ["1"]);
    await denial(trial.as(tokens.bobWithout).tags("acme/secret"));
    await denial(trial.as(tokens.carol).tags("acme/secret"));
    // A public repository makes nobody a reader of a private package who isn't of the organization.
    await trial.octokit(tokens.alice).repos.createInOrg({ org: "acme", name: "shown" });
    await trial.control("packages", { owner: "acme", name: "secret", repository: "shown" });
    assert.deepEqual(await trial.as(tokens.bob).tags("acme/secret"), ["1"]);
    await denial(trial.as(tokens.carol).tags("acme/secret"));
  });

  it("pushes with write:packages and a role only", async () => {
    const put = (name: string, by: string) =>
      trial.as(by).putManifest(`acme/${name}`, "new", open.index.bytes, open.index.mediaType);
    for (const by of ["", tokens.bobReads, tokens.bobWithout, tokens.carol, tokens.bob])
      await denial(put("open", by));
    await denial(put("not-there-yet", tokens.carol));
    const refused = await trial.fetch("/v2/acme/open/blobs/uploads/", { method: "POST" }, tokens.bobReads);
    assert.match(
      ((await refused.json()) as Refusal).errors[0]?.message ?? "",
      /does not match expected scopes/,
    );
    await put("open", tokens.alice);
    // A member makes packages of the organization, and then may do all with them.
    const own = testImage({ salt: "bobs" });
    await trial.push("acme/of-bob", own, "1", tokens.bob);
    assert.deepEqual(await trial.as(tokens.bob).tags("acme/of-bob"), ["1"]);
  });

  it("is good for the repository and the actions that were asked for", async () => {
    const bearer = await issued("repository:acme/open:pull", basic(tokens.alice));
    const headers = { authorization: `Bearer ${bearer}` };
    const at = async (path: string, method = "GET") =>
      (await fetch(`http://${trial.host}${path}`, { method, headers })).status;
    assert.equal(await at("/v2/acme/open/tags/list"), 200);
    assert.equal(await at("/v2/acme/secret/tags/list"), 401);
    assert.equal(await at("/v2/acme/open/blobs/uploads/", "POST"), 401);
  });

  it("takes no token that was changed", async () => {
    const bearer = await issued("repository:acme/open:pull");
    const [name = "", payload = "", signature = ""] = bearer.split(".");
    const content = Buffer.from(payload, "base64url").toString("utf8").replace("acme/open", "acme/secret");
    const forged = [name, Buffer.from(content).toString("base64url"), signature].join(".");
    const headers = { authorization: `Bearer ${forged}` };
    assert.equal((await fetch(`http://${trial.host}/v2/acme/secret/tags/list`, { headers })).status, 401);
  });
});
