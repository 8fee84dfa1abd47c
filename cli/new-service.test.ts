import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Machine } from "./machine";
import type { Prompts } from "./prompts";
import { run } from "./program";

const checkout = join(__dirname, "..");

describe("ghcr new-service", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "ghcr-new-service-"));
    mkdirSync(join(root, "services/hello-python"), { recursive: true });
    writeFileSync(join(root, "services/platform.ts"), "");
    writeFileSync(join(root, "Pulumi.yaml"), "");
    symlinkSync(join(checkout, "starters"), join(root, "starters"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const services = () => readdirSync(join(root, "services")).sort();

  /** Runs it in a folder below the checkout, with programs that end as told. */
  async function newService(
    args: readonly string[],
    { prompts, codes = {} }: { prompts?: Prompts; codes?: Readonly<Record<string, number>> } = {},
  ) {
    const ran: string[] = [];
    const [out, err]: [string[], string[]] = [[], []];
    const machine: Machine = {
      cwd: join(root, "services"),
      prompts,
      run: async ({ command }) => {
        const line = command.join(" ").replaceAll(`${root}/`, "");
        ran.push(line);
        const code = Object.entries(codes).find(([part]) => line.includes(part))?.[1] ?? 0;
        return { code, stdout: "", output: code === 0 ? "" : "what it found" };
      },
    };
    const code = await run(
      ["new-service", ...args],
      {
        readInput: async () => "",
        print: (line) => out.push(line),
        complain: (line) => err.push(line),
        environment: {},
      },
      machine,
    );
    return {
      code,
      ran,
      out: stripVTControlCharacters(out.join("\n")),
      err: stripVTControlCharacters(err.join("\n")),
    };
  }

  it("writes the declaration, checks it, previews it and says what comes next", async () => {
    const { code, ran, out } = await newService(["pager", "--starter", "none"]);
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(join(root, "services/pager")), ["service.ts"]);
    assert.deepEqual(ran, [
      "node_modules/.bin/tsc --noEmit -p .",
      "node_modules/.bin/eslint services/pager",
      "node_modules/.bin/prettier --check --log-level=warn services/pager",
      "sandbox/node sandbox/main.ts preview",
    ]);
    assert.match(out, /^\+ services\/pager\/service\.ts\n\nNext:\n {2}1\. put the source/);
  });

  for (const [starter, files] of [
    ["python", ["Dockerfile", "service.ts", "src", "test"]],
    ["typescript", ["Dockerfile", "service.ts", "src", "test", "tsconfig.json"]],
    ["go", ["Dockerfile", "go.mod", "main.go", "main_test.go", "routes.go", "service.ts"]],
  ] as const) {
    it(`writes the starter for ${starter} under the service's own name`, async () => {
      const { code } = await newService(["night-pager", "--starter", starter, "--no-preview"]);
      assert.equal(code, 0);
      const folder = join(root, "services/night-pager");
      assert.deepEqual(
        readdirSync(folder)
          .filter((name) => !name.startsWith("."))
          .sort(),
        files,
      );
      assert.ok(existsSync(join(folder, ".dockerignore")));
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        assert.doesNotMatch(path, /starter|__pycache__/);
        if (entry.isFile()) assert.doesNotMatch(readFileSync(path, "utf8"), /starter[-_]service/);
      }
    });
  }

  it("refuses a name that is wrong or taken, with exit code 2, and writes nothing", async () => {
    for (const name of ["Bad Name!", "hello-python", "hello_python"]) {
      const { code, ran, err } = await newService([name, "--starter", "python"]);
      assert.equal(code, 2, name);
      assert.match(err, /^error: name: [^]*fix: /);
      assert.deepEqual(ran, []);
    }
    assert.deepEqual(services(), ["hello-python", "platform.ts"]);
  });

  it("leaves nothing half written where a file can't be written", async () => {
    rmSync(join(root, "starters"));
    const { code } = await newService(["pager", "--starter", "python"]);
    assert.equal(code, 1);
    assert.deepEqual(services(), ["hello-python", "platform.ts"]);
  });

  it("needs a name where nobody is there to ask, and nothing else", async () => {
    assert.equal((await newService([])).code, 2);
    assert.equal((await newService(["pager"])).code, 0);
  });

  it("asks for what isn't given, and checks the name at once", async () => {
    const asked: string[] = [];
    const prompts: Prompts = {
      text: async (question, { check } = {}) => {
        asked.push(question);
        if (check !== undefined) {
          assert.match(check("hello-python") ?? "", /is there already/);
          assert.equal(check("pager"), undefined);
          return "pager";
        }
        return question.startsWith("What") ? "Pages whoever is on call" : "staging, production";
      },
      choose: async (question, choices) => {
        asked.push(question);
        const [first] = choices;
        assert.ok(first);
        return first.value;
      },
    };
    const { code } = await newService(["--no-preview"], { prompts });
    assert.equal(code, 0);
    assert.equal(asked.length, 4);
    assert.equal(
      readFileSync(join(root, "services/pager/service.ts"), "utf8"),
      `import { defineService } from "../../core/fleet";

export default defineService({
  name: "pager",
  description: "Pages whoever is on call",
  runtime: "python",
  environments: {
    staging: {},
    production: { refs: { tags: ["v*"] } },
  },
});
`,
    );
  });

  it("asks nothing where name and starter are given", async () => {
    const fail = () => Promise.reject(new Error("it asked"));
    const { code } = await newService(["pager", "--starter", "go"], {
      prompts: { text: fail, choose: fail },
    });
    assert.equal(code, 0);
  });

  it("keeps what it wrote where a check or the preview fails, shows what was found and ends with 1", async () => {
    for (const [name, part, message] of [
      ["pager", "eslint", /what it found[^]*lint: see above/],
      ["billing", "preview", /the preview failed/],
    ] as const) {
      const { code, err } = await newService([name], { codes: { [part]: 1 } });
      assert.equal(code, 1);
      assert.match(err, message);
      assert.ok(services().includes(name));
    }
  });

  it("previews the stack that is named, with the policy pack", async () => {
    const { ran } = await newService(["pager", "--stack", "prod"]);
    assert.equal(ran.at(-1), "pulumi preview --stack prod --diff --policy-pack policy/ghcr-policy");
  });

  it("says where it has to be run", async () => {
    rmSync(join(root, "Pulumi.yaml"));
    const { code, err } = await newService(["pager"]);
    assert.equal(code, 1);
    assert.match(err, /is not in a checkout of the platform[^]*cd into/);
  });
});
