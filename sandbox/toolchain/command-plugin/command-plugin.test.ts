import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { secret, startPluginServer, UNKNOWN, type PluginServer } from "../../../provider/wire";
import { PluginClient, startEngineLog } from "../../../provider/wire/testing/plugin-client";
import { commandPlugin } from "./command-plugin";
import { redact } from "./run-command";

const URN = "urn:pulumi:test::project::owner:component$command:local:Command::job";

describe("the command stand-in", () => {
  let engine: Awaited<ReturnType<typeof startEngineLog>>;
  let server: PluginServer;
  let plugin: PluginClient;
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "command-stand-in-"));
    engine = await startEngineLog();
    const environment = { PATH: process.env["PATH"], INHERITED: "yes" };
    server = await startPluginServer(engine.address, (log) => commandPlugin(log, environment));
    plugin = new PluginClient(server.port, URN);
  });

  afterEach(async () => {
    plugin.close();
    await server.close();
    engine.close();
    rmSync(folder, { recursive: true });
  });

  const file = () => join(folder, "trace");
  const trace = () => readFileSync(file(), "utf8");

  it("says that it takes secrets, supports previews and is a stand-in", async () => {
    const configured = await plugin.configure();
    assert.equal(configured.getAcceptsecrets(), true);
    assert.equal(configured.getSupportspreview(), true);
    await new Promise<void>((resolve) =>
      plugin.raw.getPluginInfo(new Empty(), (_error, info) => {
        assert.equal(info.getVersion(), "1.2.1+stand-in");
        resolve();
      }),
    );
    const schema = await new Promise<string>((resolve) =>
      plugin.raw.getSchema(new proto.GetSchemaRequest(), (_error, response) => resolve(response.getSchema())),
    );
    assert.match((JSON.parse(schema) as { description: string }).description, /^Stand-in/);
    await until(() => engine.lines.some((line) => line.startsWith("Stand-in for the @pulumi/command")));
  });

  it("runs create in its directory with its environment and input, and keeps what it printed", async () => {
    const inputs = {
      create: 'pwd; echo "$INHERITED $ADDED"; cat; echo problem >&2',
      dir: folder,
      environment: { ADDED: "too" },
      stdin: "given",
    };
    const { id, properties } = await plugin.create(inputs);
    assert.match(id, /^job[0-9a-f]{8}$/);
    assert.deepEqual(properties, { ...inputs, stdout: `${folder}\nyes too\ngiven`, stderr: "problem" });
    assert.deepEqual(engine.lines.toSorted(), [folder, "given", "problem", "yes too"].toSorted());
  });

  it("uses the interpreter that is asked for", async () => {
    const { properties } = await plugin.create({ create: "1 + 1", interpreter: ["node", "-p"] });
    assert.equal(properties["stdout"], "2");
  });

  it("runs nothing when there is no create", async () => {
    assert.deepEqual((await plugin.create({ delete: "true" })).properties, {
      delete: "true",
      stdout: "",
      stderr: "",
    });
  });

  it("updates with update, else with create, and hands over what the last run printed", async () => {
    const olds = { stdout: "out before", stderr: "err before" };
    const both = 'echo "$PULUMI_COMMAND_STDOUT/$PULUMI_COMMAND_STDERR"';
    const updated = await plugin.update(olds, { create: "echo wrong", update: both });
    assert.equal(updated["stdout"], "out before/err before");
    assert.equal((await plugin.update(olds, { create: both }))["stdout"], "out before/err before");
    const silent = await plugin.update(olds, { create: both, addPreviousOutputInEnv: false });
    assert.equal(silent["stdout"], "/");
    assert.equal((await plugin.update(olds, { delete: "true" }))["stdout"], "out before");
  });

  it("runs delete with the state's environment and last output", async () => {
    const create = "echo made";
    const environment = { TRACE: file() };
    await plugin.delete({ create, environment, stdout: "made", stderr: "" });
    assert.throws(trace, /ENOENT/);
    await plugin.delete({ delete: 'echo "$PULUMI_COMMAND_STDOUT" > "$TRACE"', environment, stdout: "made" });
    assert.equal(trace(), "made\n");
  });

  it("runs nothing in a preview and leaves what is printed unknown", async () => {
    const inputs = { create: `touch ${file()}` };
    const created = await plugin.create(inputs, true);
    assert.deepEqual(created, { id: "", properties: { ...inputs, stdout: UNKNOWN, stderr: UNKNOWN } });
    const updated = await plugin.update({ ...inputs, stdout: "x" }, { ...inputs, update: "true" }, true);
    assert.equal(updated["stdout"], UNKNOWN);
    assert.throws(trace, /ENOENT/);
  });

  it("sees no change in equal inputs, replaces for triggers and updates for everything else", async () => {
    const inputs = { create: "true", triggers: ["a", { b: 1 }], environment: { A: "1", B: "2" } };
    assert.deepEqual(await plugin.diff(inputs, { ...inputs, environment: { B: "2", A: "1" } }), {
      changed: [],
      replaces: [],
    });
    assert.deepEqual(await plugin.diff(inputs, { ...inputs, create: "false" }), {
      changed: ["create"],
      replaces: [],
    });
    assert.deepEqual(await plugin.diff(inputs, { ...inputs, triggers: ["a", { b: 2 }] }), {
      changed: ["triggers"],
      replaces: ["triggers"],
    });
    assert.deepEqual(await plugin.diff(inputs, { ...inputs, triggers: [UNKNOWN] }), {
      changed: ["triggers"],
      replaces: ["triggers"],
    });
    assert.deepEqual(await plugin.diff(inputs, { ...inputs, environment: secret({ A: "1", B: "2" }) }), {
      changed: [],
      replaces: [],
    });
  });

  it("fails with the exit code and the end of standard error", async () => {
    const create = "seq 1 5000 >&2; echo the reason >&2; exit 3";
    await assert.rejects(plugin.create({ create }), (error: Error) => {
      assert.match(error.message, /exit code 3: running "seq 1 5000/);
      assert.match(error.message, /…[\s\S]*5000\nthe reason\n$/);
      assert.ok(error.message.length < 5000);
      return true;
    });
  });

  it("names the program or directory that it can't start", async () => {
    await assert.rejects(
      plugin.create({ create: "true", dir: "/nowhere" }),
      /in directory \/nowhere: ENOENT/,
    );
    await assert.rejects(
      plugin.create({ create: "true", interpreter: ["no-such-shell"] }),
      /can't start no-such-shell: ENOENT/,
    );
  });

  it("makes its output secret when any input is, and keeps secret inputs wrapped", async () => {
    const environment = { TOKEN: secret("s3cr3t-value") };
    const { properties } = await plugin.create({ create: 'echo "token $TOKEN"', environment });
    assert.deepEqual(properties, {
      create: 'echo "token $TOKEN"',
      environment,
      stdout: secret("token s3cr3t-value"),
      stderr: secret(""),
    });
    const preview = await plugin.create({ create: "true", stdin: secret("x") }, true);
    assert.deepEqual(preview.properties["stdout"], secret(UNKNOWN));
  });

  it("keeps secret values out of the log, of failures and of the argument lists of processes", async () => {
    const create =
      'echo "token $TOKEN"; tr "\\0" " " < /proc/$$/cmdline; echo; cat >&2; echo "again $TOKEN" >&2; exit 1';
    const environment = secret({ TOKEN: "s3cr3t-value" });
    const stdin = secret("line-one-secret\nline-two-secret\n");
    await assert.rejects(plugin.create({ create, environment, stdin }), (error: Error) => {
      assert.match(error.message, /again \[secret\]/);
      assert.doesNotMatch(error.message, /s3cr3t|line-one|line-two/);
      return true;
    });
    assert.ok(engine.lines.includes("token [secret]"));
    assert.doesNotMatch(engine.lines.join("\n"), /s3cr3t|line-one|line-two/);
    assert.match(engine.lines.join("\n"), /\/bin\/sh -c echo/);
  });

  it("doesn't quote an environment value that the system refuses", async () => {
    const environment = { TOKEN: secret("s3cr3t\0value") };
    await assert.rejects(plugin.create({ create: "true", environment }), (error: Error) => {
      assert.match(error.message, /can't start \/bin\/sh/);
      assert.doesNotMatch(error.message, /s3cr3t/);
      return true;
    });
  });

  it("logs the streams that are asked for", async () => {
    for (const logging of ["none", "stdout", "stderr", "stdoutAndStderr"]) {
      await plugin.create({ create: `echo ${logging}-out; echo ${logging}-err >&2`, logging });
    }
    assert.deepEqual(engine.lines.toSorted(), [
      "stderr-err",
      "stdout-out",
      "stdoutAndStderr-err",
      "stdoutAndStderr-out",
    ]);
  });

  it("reports every faulty input by its name", async () => {
    const { failures } = await plugin.check({
      create: 1,
      interpreter: [2],
      environment: { A: 3 },
      logging: "loud",
      triggers: "x",
      archivePaths: ["**"],
      assetPaths: ["**"],
      creat: "true",
      stdin: UNKNOWN,
      dir: null,
    });
    assert.deepEqual(Object.keys(failures).toSorted(), [
      "archivePaths",
      "assetPaths",
      "creat",
      "create",
      "environment",
      "interpreter",
      "logging",
      "triggers",
    ]);
    assert.match(failures["archivePaths"] ?? "", /needs the official plugin/);
    assert.equal(failures["environment"], "must be a map of strings");
  });

  it("passes checked inputs on without nulls and with their secrets", async () => {
    const inputs = { create: "true", stdin: secret("x"), triggers: [1, UNKNOWN] };
    assert.deepEqual(await plugin.check({ ...inputs, dir: null }), { inputs, failures: {} });
  });

  it("refuses other resources and functions by name", async () => {
    const urn = "urn:pulumi:test::project::command:remote:Command::job";
    await assert.rejects(
      plugin.check({}, urn),
      /serves command:local:Command only, not command:remote:Command/,
    );
    await assert.rejects(
      plugin.invoke("command:local:run", {}),
      /function command:local:run is not in the stand-in/,
    );
  });

  it("stops a running command and its children when it is cancelled", async () => {
    // The child ignores the first signal: only a kill of the whole group ends it.
    const create = `(trap '' TERM; echo $$ > ${file()}; while :; do sleep 0.1; done) & wait`;
    const failed = assert.rejects(plugin.create({ create }), /cancelled: running/);
    await until(() => trace() !== "");
    await plugin.cancel();
    await failed;
    const group = Number(trace());
    await until(() => !isAlive(-group));
    await assert.rejects(plugin.create({ create: "true" }), /cancelled before the command started/);
  });

  it("starts through a symlink from another directory, prints its port and ends on a signal", async () => {
    const link = join(folder, "pulumi-resource-command");
    symlinkSync(join(__dirname, "pulumi-resource-command"), link);
    const child = spawn(link, [engine.address], {
      cwd: folder,
      env: { ...process.env, TS_NODE_PROJECT: "mine" },
    });
    const port = await new Promise<number>((resolve) =>
      child.stdout.once("data", (data) => resolve(Number(data))),
    );
    const started = new PluginClient(port, URN);
    const { properties } = await started.create({
      create: 'echo "$TS_NODE_PROJECT.$NODE_COMPILE_CACHE"; sleep 0',
    });
    assert.equal(properties["stdout"], `mine.${process.env["NODE_COMPILE_CACHE"] ?? ""}`);
    started.close();
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  });
});

describe("redaction of the command stand-in", () => {
  it("masks the longest secret first, JSON-escaped forms too, and leaves words under four characters", () => {
    assert.equal(redact("abcdef abcd", ["abcd", "abcdef"]), "[secret] [secret]");
    assert.equal(redact(JSON.stringify('quote"inside'), ['quote"inside']), '"[secret]"');
    assert.equal(redact("yes 1", ["1", "yes", ""]), "yes 1");
  });
});

/** Waits until the condition holds; a condition that throws doesn't hold yet. The test's own timeout ends it. */
async function until(holds: () => boolean): Promise<void> {
  for (;;) {
    try {
      if (holds()) return;
    } catch {
      // Not yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
