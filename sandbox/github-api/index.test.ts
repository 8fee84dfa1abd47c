import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { PlatformError } from "../../core/errors";
import { startGitHub } from "./index";
import { seed, tokens, Trial, useTrial } from "./trial";

function refusedWith(code: string): (error: unknown) => boolean {
  return (error) => error instanceof PlatformError && error.code === code;
}

describe("the stand-in listens", () => {
  const trial = new Trial();
  after(() => trial.end());

  it("on loopback and nowhere else", async () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "example.com", ""]) {
      await assert.rejects(startGitHub({ dataDir: trial.dataDir, host }), refusedWith("not-loopback"), host);
    }
    await trial.start({ host: "127.0.0.1" });
    assert.equal(new URL(trial.github.url).hostname, "127.0.0.1");
    await trial.stop();
  });

  it("to no other name, so that no page in a browser reaches it by one of its own", async () => {
    await trial.start();
    const status = async (headers: Record<string, string>, path = "/meta"): Promise<number | undefined> => {
      const asked = request({ port: trial.github.port, host: "127.0.0.1", path, headers });
      asked.end();
      const [answer] = (await once(asked, "response")) as [{ statusCode?: number; resume(): void }];
      answer.resume();
      return answer.statusCode;
    };
    assert.equal(await status({ host: "evil.example" }), 403);
    assert.equal(await status({ host: `localhost:${trial.github.port}` }), 200);
    assert.equal(await status({ origin: "http://evil.example" }, "/_sandbox/health"), 403);
    assert.equal(await status({}, "/_sandbox/health"), 200);
    await trial.stop();
  });

  it("on a port that is free, else it says which isn't", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await assert.rejects(startGitHub({ dataDir: trial.dataDir, port }), refusedWith("port-in-use"));
    other.close();
    await trial.start({ port });
    await trial.stop();
  });

  it("alone in its folder", async () => {
    await trial.start();
    await assert.rejects(startGitHub({ dataDir: trial.dataDir }), refusedWith("sandbox-data-in-use"));
    await trial.stop();
    await trial.start();
    await trial.stop();
  });
});

describe("opening secrets", () => {
  const trial = useTrial({ revealSecrets: false });

  it("is refused where it is not switched on", async () => {
    assert.equal((await trial.fetch("/_sandbox/secrets")).status, 403);
  });
});

describe("a restart", () => {
  it("keeps everything: settings, files, keys, tokens, time", async () => {
    const trial = new Trial();
    await trial.start();
    const at = await trial.repository("lasting", { description: "stays" });
    await trial.alice.actions.createRepoVariable({ ...at, name: "V", value: "1" });
    const key = (await trial.alice.actions.getRepoPublicKey(at)).data;
    await trial.fetch("/_sandbox/tokens", {
      method: "POST",
      body: JSON.stringify({ login: "bob", token: "later", scopes: [] }),
    });
    await trial.fetch("/_sandbox/clock", { method: "POST", body: JSON.stringify({ advanceMs: 3_600_000 }) });
    const before = (await trial.alice.repos.get(at)).data;
    await trial.stop();
    await trial.start();
    const after = (await trial.alice.repos.get(at)).data;
    assert.deepEqual([after.id, after.description, after.pushed_at], [before.id, "stays", before.pushed_at]);
    assert.equal((await trial.alice.actions.getRepoVariable({ ...at, name: "V" })).data.value, "1");
    assert.deepEqual((await trial.alice.actions.getRepoPublicKey(at)).data, key);
    assert.equal((await trial.as("later").users.getAuthenticated()).data.login, "bob");
    await trial.repository("younger");
    const younger = (await trial.alice.repos.get({ owner: "acme", repo: "younger" })).data;
    assert.ok(Date.parse(younger.created_at) > Date.now() + 3_000_000);
    await trial.end();
  });

  it("clears away git repositories that no state knows", async () => {
    const trial = new Trial();
    mkdirSync(join(trial.dataDir, "git", "4711.git"), { recursive: true });
    mkdirSync(join(trial.dataDir, "git", "not-ours"));
    await trial.start();
    assert.deepEqual(readdirSync(join(trial.dataDir, "git")), ["not-ours"]);
    await trial.end();
  });
});

describe("the program", () => {
  const trial = new Trial();
  after(() => trial.end());
  const seedFile = join(trial.dataDir, "seed.json");

  async function started(...more: string[]) {
    const args = [
      "-r",
      "./loader/typescript.cjs",
      join(__dirname, "main.ts"),
      "--port",
      "0",
      "--data",
      trial.dataDir,
    ];
    const child = spawn(process.execPath, [...args, ...more], { cwd: join(__dirname, "../..") });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    const url = /http:\S+/.exec(output)?.[0] ?? "";
    return { child, url, output: () => output };
  }

  it("says in one line where it listens, and ends at SIGTERM with 0", async () => {
    writeFileSync(seedFile, JSON.stringify(seed));
    const { child, url, output } = await started("--seed", seedFile);
    assert.equal((await fetch(`${url}/meta`)).status, 200);
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    assert.equal(code, 0);
    assert.equal(output(), `GitHub stand-in listening on ${url}\n`);
  });

  it("killed in the midst of writing, has kept every change that it answered", async () => {
    const { child, url } = await started("--seed", seedFile);
    const send = (path: string, method: string, body: unknown): Promise<Response> =>
      fetch(url + path, {
        method,
        body: JSON.stringify(body),
        headers: { authorization: `token ${tokens.alice}` },
      });
    assert.equal((await send("/orgs/acme/repos", "POST", { name: "killed", auto_init: true })).status, 201);
    const answered: string[] = [];
    let dead = false;
    const writer = async (worker: number): Promise<void> => {
      for (let n = 0; !dead; n += 1) {
        const path = `file-${worker}-${n}`;
        const write = { message: path, content: "" };
        const answer = await send(`/repos/acme/killed/contents/${path}`, "PUT", write).catch(() => undefined);
        const variable = await send("/repos/acme/killed/actions/variables", "POST", {
          name: `v_${worker}_${n}`,
          value: "1",
        }).catch(() => undefined);
        if (answer?.status === 201) answered.push(path);
        if (variable?.status === 201) answered.push(`V_${worker}_${n}`);
        if (answered.length >= 12 && !dead) {
          dead = true;
          child.kill("SIGKILL");
        }
      }
    };
    await Promise.all([writer(1), writer(2)]);
    await trial.start();
    const at = { owner: "acme", repo: "killed" };
    const { data } = await trial.alice.git.getTree({ ...at, tree_sha: "main" });
    const variables = await trial.alice.paginate(trial.alice.actions.listRepoVariables, at);
    const there = [...data.tree.map(({ path }) => path), ...variables.map(({ name }) => name)];
    assert.deepEqual(
      answered.filter((one) => !there.includes(one)),
      [],
    );
    await trial.stop();
  });

  it("keeps no token in its folder, other than in the seed it was given", () => {
    for (const name of ["snapshot.json", "journal.jsonl", "requests.jsonl"]) {
      assert.ok(existsSync(join(trial.dataDir, name)));
      const text = readFileSync(join(trial.dataDir, name), "utf8");
      for (const token of Object.values(tokens)) assert.equal(text.includes(token), false, name);
    }
  });

  it("explains itself without a stack when it can't start", async () => {
    const { child, output } = await started("--host", "0.0.0.0");
    if (child.exitCode === null) await once(child, "exit");
    assert.equal(child.exitCode, 1);
    assert.match(
      output(),
      /the stand-in listens on the loopback interface only \(got "0\.0\.0\.0"\)\n {2}fix: /,
    );
    assert.doesNotMatch(output(), /\n\s+at /);
  });
});
