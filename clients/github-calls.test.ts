import assert from "node:assert/strict";
import { z } from "zod";
import { GitHubCalls, type GitHubCallsOptions } from "./github-calls";

const anything = z.looseObject({});

/** A client whose requests are answered one after the other by these statuses, and the waits that it made. */
function client(statuses: readonly number[], more: Partial<GitHubCallsOptions> = {}) {
  let now = 0;
  const sent: { method: string; at: number; authorization: string }[] = [];
  const calls = new GitHubCalls({
    githubUrl: "https://api.github.test/",
    token: "made-up-token",
    clock: {
      now: () => now,
      pause: async (milliseconds) => {
        now += milliseconds;
      },
    },
    fetch: async (_url, init) => {
      const { authorization = "" } = init?.headers as Record<string, string>;
      sent.push({ method: init?.method ?? "", at: now, authorization });
      return Response.json({ message: "said made-up-token" }, { status: statuses[sent.length - 1] ?? 200 });
    },
    ...more,
  });
  return { calls, sent };
}

describe("requests to GitHub", () => {
  it("leave the pause between two changes that is asked for, and none before a read", async () => {
    const { calls, sent } = client([], { writeDelayMs: 1_000 });
    for (const path of ["one", "two"]) await calls.write("POST", path, {}, anything);
    await calls.read("three", anything);
    await calls.write("PATCH", "four", {}, anything);
    assert.deepEqual(
      sent.map(({ method, at }) => `${method} ${at}`),
      ["POST 0", "POST 1000", "GET 1000", "PATCH 2000"],
    );
  });

  it("ask again for a git object that may not have been made, and for nothing else that is new", async () => {
    const again = client([502, 201]);
    await again.calls.store("git/trees", {}, anything);
    assert.equal(again.sent.length, 2);
    const once = client([502, 201]);
    await assert.rejects(once.calls.write("POST", "pulls", {}, anything), /doesn't answer \(status 502\)/);
    assert.equal(once.sent.length, 1);
  });

  it("take a refusal for an answer where they are told to, in GitHub's words and without the token", async () => {
    const refused = await client([422]).calls.attempt("PATCH", "git/refs/heads/main", {}, anything);
    assert.deepEqual(refused, { refused: { status: 422, words: "said [secret]" } });
    await assert.rejects(client([403]).calls.attempt("PATCH", "x", {}, anything), /GitHub refuses \(403/);
  });

  it("take an empty repository for one without the branch, where they are told to", async () => {
    assert.equal(await client([409]).calls.read("git/ref/heads/main", anything, [404, 409]), undefined);
    await assert.rejects(client([409]).calls.read("git/ref/heads/main", anything), /409/);
  });

  it("sign in anew with each request, where a token doesn't last", async () => {
    let made = 0;
    const { calls, sent } = client([], { token: async () => `token-${++made}` });
    for (const path of ["one", "two"]) await calls.read(path, anything);
    assert.deepEqual(
      sent.map(({ authorization }) => authorization),
      ["Bearer token-1", "Bearer token-2"],
    );
  });
});
