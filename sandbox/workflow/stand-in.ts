/** Runs one stand-in, `stand-in.ts <action>`: a step of a workflow that act runs. Inputs come by the environment. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { variable, type StandInName } from "./stand-ins";

const workspace = setting("GITHUB_WORKSPACE");

const doings: Readonly<Record<StandInName, () => void>> = {
  "actions/checkout": checkOut,
  "actions/setup-node": () => console.log(`Node ${process.version}`),
  "actions/cache": () => console.log("no cache is kept"),
  "actions/upload-artifact": upload,
  "actions/download-artifact": download,
  "docker/setup-buildx-action": () => console.log(`the builder is ${setting("BUILDKIT_HOST")}`),
  "docker/login-action": logIn,
  "docker/build-push-action": build,
  "github/codeql-action/upload-sarif": handOver,
  "pulumi/actions": () => console.log("the engine is there"),
};

/** A commit by its id, or the newest of a branch; a pull request's is the merge with its base. */
function checkOut(): void {
  const repository = input("repository") || setting("GITHUB_REPOSITORY");
  const own = repository === setting("GITHUB_REPOSITORY");
  const ref = input("ref") || (own ? setting("GITHUB_SHA") : "HEAD");
  const folder = resolve(workspace, input("path"));
  mkdirSync(folder, { recursive: true });
  const from = join(setting("GHCR_STAND_IN_REPOSITORIES"), `${repository}.git`);
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-C", folder, ...args], { stdio: ["ignore", 2, 2] });
  git("init", "--quiet", ".");
  const whole = input("fetch-depth") === "0";
  git(
    ...["fetch", "--quiet", ...(whole ? ["--tags"] : ["--no-tags", "--depth=1"])],
    ...[`file://${from}`, ...(whole ? ["+refs/heads/*:refs/remotes/origin/*"] : []), `+${ref}:refs/checkout`],
  );
  // Not FETCH_HEAD: of several refs it is the first.
  git("-c", "advice.detachedHead=false", "checkout", "--quiet", "--detach", "refs/checkout");
  console.log(`${repository} at ${ref}`);
}

/** A folder, a file, or the files of a folder that match. */
function upload(): void {
  const [from, to] = [resolve(workspace, input("path")), artifact(input("name"))];
  const found = matching(from);
  if (found.length > 0) mkdirSync(to, { recursive: true });
  for (const each of found) cpSync(each, isFolder(each) ? to : join(to, basename(each)), { recursive: true });
  if (found.length > 0) return;
  if (input("if-no-files-found") === "error") throw new Error(`no files were found: ${from}`);
  console.log(`::warning::no files were found: ${from}`);
}

function matching(path: string): readonly string[] {
  const [folder, name] = [dirname(path), basename(path)];
  if (!name.includes("*")) return existsSync(path) ? [path] : [];
  const wanted = pattern(name);
  return isFolder(folder)
    ? readdirSync(folder)
        .filter((each) => wanted.test(each))
        .map((each) => join(folder, each))
    : [];
}

function pattern(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.+]/g, "\\$&").replaceAll("*", ".*")}$`);
}

/** One artifact's files, or those of all that match, merged. */
function download(): void {
  const [name, to] = [input("name"), resolve(workspace, input("path"))];
  const wanted = pattern(input("pattern"));
  const all = existsSync(artifact("")) ? readdirSync(artifact("")) : [];
  const names = name === "" ? all.filter((each) => wanted.test(each)) : [name];
  if (name !== "" && !all.includes(name)) throw new Error(`no artifact is called ${name}`);
  for (const each of names) cpSync(artifact(each), to, { recursive: true });
  console.log(`artifacts: ${names.join(", ")}`);
}

/** As `docker login` does without a credential helper. */
function logIn(): void {
  const file = join(setting("DOCKER_CONFIG"), "config.json");
  mkdirSync(dirname(file), { recursive: true });
  const auth = Buffer.from(`${input("username")}:${input("password")}`).toString("base64");
  writeFileSync(file, JSON.stringify({ auths: { [input("registry")]: { auth } } }), { mode: 0o600 });
}

function build(): void {
  const metadata = join(setting("RUNNER_TEMP", tmpdir()), `build-${process.pid}.json`);
  const file = resolve(workspace, input("file"));
  const pairs = (kind: string, text: string) => lines(text).flatMap((line) => ["--opt", `${kind}:${line}`]);
  const annotations = lines(input("annotations")).map((line) => quoted(`annotation.${line}`));
  const args = [
    ...["build", "--progress=plain", "--frontend=dockerfile.v0"],
    ...[
      "--local",
      `context=${resolve(workspace, input("context"))}`,
      "--local",
      `dockerfile=${dirname(file)}`,
    ],
    ...["--opt", `filename=${basename(file)}`, "--opt", `platform=${input("platforms")}`],
    ...pairs("build-arg", input("build-args")),
    ...["--opt", `build-arg:SOURCE_DATE_EPOCH=${setting("SOURCE_DATE_EPOCH")}`],
    ...pairs("label", input("labels")),
    ...["--output", [input("outputs"), ...annotations].join(","), "--metadata-file", metadata],
  ];
  execFileSync("buildctl", args, { stdio: ["ignore", 2, 2] });
  const { "containerimage.digest": digest } = JSON.parse(readFileSync(metadata, "utf8")) as {
    "containerimage.digest"?: string;
  };
  appendFileSync(setting("GITHUB_OUTPUT"), `digest=${digest ?? ""}\n`);
}

/** What code scanning takes: https://docs.github.com/code-security/reference/code-scanning/sarif-files */
function handOver(): void {
  const { version, runs } = JSON.parse(readFileSync(resolve(workspace, input("sarif_file")), "utf8")) as {
    version: string;
    runs: readonly { results?: readonly unknown[] }[];
  };
  if (version !== "2.1.0" || runs.length !== 1) throw new Error("no SARIF 2.1.0 file of one run");
  const results = runs.flatMap((run) => run.results ?? []);
  console.log(`code scanning: ${results.length} results of ${input("category")}`);
}

function artifact(name: string): string {
  return join(setting("GHCR_STAND_IN_ARTIFACTS"), name);
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

function input(name: string): string {
  return process.env[variable(name)] ?? "";
}

function setting(name: string, otherwise?: string): string {
  const value = process.env[name] ?? otherwise;
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** A field of comma-separated values: RFC 4180. */
function quoted(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

const name = process.argv[2] ?? "";
const doing = (doings as Readonly<Record<string, (() => void) | undefined>>)[name];
if (doing === undefined) throw new Error(`there is no stand-in for ${name}`);
doing();
