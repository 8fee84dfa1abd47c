/**
 * `sandbox/node tests/engine/record-previews.ts` records what the engine says in previews, in a sandbox of its own, to
 * `tests/fixtures/previews/`: one file a change, as `pulumi preview --event-log` writes it. What would differ from
 * machine to machine, or is long and of no use, is cut: paths, times, file contents.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startWorld, type World } from "./world";

const checkout = join(__dirname, "..", "..");
export const recordedPreviews = join(checkout, "tests", "fixtures", "previews");

interface Change {
  readonly name: string;
  /** Files of the program that differ; null takes one away. */
  readonly files: Readonly<Record<string, string | null>>;
  /** Changes GitHub itself, where nobody declared it. */
  readonly byHand?: (world: World) => Promise<unknown>;
  readonly args?: readonly string[];
}

const hostileNames = [
  "@albeorla/owners",
  "</details><img src=x onerror=alert(1)>",
  "`` ` ``` `",
  "\n\n# Nothing changes\n\n| a | b |\n",
  "[run](https://example.com) #1",
  "--> <!-- ghcr-platform: preview -->",
  "a\u202Eeteled\u202C\u200B",
  "x".repeat(65_536),
];

const hello = "services/hello-python/service.ts";
const todost = "services/todost/service.ts";
const declaration = (fields: string) =>
  `import { defineService } from "../../core/fleet";\n\nexport default defineService({ ${fields} });\n`;

const changes: readonly Change[] = [
  { name: "nothing", files: {} },
  {
    name: "create-update-delete",
    files: {
      [hello]: declaration(`name: "hello-python", description: "Greets over HTTP", runtime: "python",
        visibility: "public", variables: { GREETING: "Good morning", LOUD: "yes" }`),
      [todost]: declaration(`name: "todost", description: "Keeps a to-do list over HTTP", runtime: "node",
        visibility: "public", environments: { staging: { variables: { LOG_LEVEL: "debug" } } }`),
    },
  },
  {
    name: "replace",
    files: {
      [todost]: declaration(`name: "todost", description: "Keeps a to-do list over HTTP", runtime: "node",
        visibility: "public", environments: { staging: { variables: { LOG_LEVEL: "debug" } } },
        source: { repository: { name: "todost", visibility: "public" } }`),
    },
  },
  {
    // Names as hostile as a program may give them; the engine takes them all.
    name: "hostile",
    files: {
      "index.ts": readFileSync(join(checkout, "index.ts"), "utf8")
        .replace("import ", 'import { ActionsVariable } from "@pulumi/github";\nimport ')
        .replace(
          "  return { services:",
          `  for (const [index, name] of ${JSON.stringify(hostileNames)}.entries())
    new ActionsVariable(name, { repository: "x", variableName: "HOSTILE_" + index, value: "x" }, { provider: github });
  return { services:`,
        ),
    },
  },
  {
    name: "refused",
    files: { [hello]: declaration(`name: "hello-python", variables: { "not a name": "x" }`) },
  },
  {
    name: "drift",
    files: {},
    args: ["--refresh"],
    byHand: async (world) => {
      const repository = "repos/albeorla/ghcr-platform";
      const body = { name: "HELLO_PYTHON_GREETING", value: "Changed by hand" };
      const variables = (await (await world.github("GET", `${repository}/actions/variables`)).json()) as {
        variables: { name: string }[];
      };
      const [{ name } = body] = variables.variables;
      await world.github("PATCH", `${repository}/actions/variables/${name}`, { name, value: body.value });
      await world.github("PATCH", repository, { has_wiki: true });
    },
  },
];

/** Runs them all; the sandbox is gone afterwards. */
async function record(): Promise<void> {
  const world = await startWorld();
  try {
    // Images are left out, as in pull requests' previews.
    const stack = world.stackWith({
      config: { publish: "workflow" },
      env: { PULUMI_DEBUG_COMMANDS: "true" },
    });
    await stack.prepare();
    const up = await stack.run("up", ["--yes", "--skip-preview"]);
    if (up.code !== 0) throw new Error(up.output);
    rmSync(recordedPreviews, { recursive: true, force: true });
    mkdirSync(recordedPreviews, { recursive: true });
    for (const { name, files, byHand, args = [] } of changes) {
      await byHand?.(world);
      for (const [path, content] of Object.entries(files)) {
        if (content === null) rmSync(join(world.program, path), { recursive: true });
        else world.write(path, content);
      }
      const log = join(world.sandbox.dir, `${name}.jsonl`);
      const { code } = await stack.run("preview", ["--event-log", log, ...args]);
      console.error(`${name}: exit code ${code}`);
      writeFileSync(
        join(recordedPreviews, `${name}.jsonl`),
        trimmed(log, [checkout, world.program, world.sandbox.dir]),
      );
      world.git("checkout", "--quiet", ".");
    }
  } finally {
    await world.stop();
  }
}

/** The engine's own debugging is left out, long texts are cut, and so are folders and times of this machine. */
function trimmed(log: string, folders: readonly string[]): string {
  const events = readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { diagnosticEvent?: { severity: string } })
    .filter(({ diagnosticEvent }) => diagnosticEvent?.severity !== "debug");
  return events.map((event) => `${JSON.stringify(cut(event, folders))}\n`).join("");
}

function cut(value: unknown, folders: readonly string[], key = "", longest = Infinity): unknown {
  if (key === "timestamp" || key === "durationSeconds") return 0;
  if (typeof value === "string") {
    const text = folders.reduce((rest, folder) => rest.replaceAll(folder, "/checkout"), value);
    return text.length > longest ? `${text.slice(0, longest)} … cut` : text;
  }
  if (Array.isArray(value)) return value.map((item) => cut(item, folders, "", longest));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      cut(item, folders, name, ["inputs", "outputs", "config"].includes(name) ? 40 : longest),
    ]),
  );
}

if (require.main === module) void record();
