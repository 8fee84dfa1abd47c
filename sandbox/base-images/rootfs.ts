/** Puts a root file system together from Debian packages, without installing: no maintainer script runs. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../run";
import { missingDependencies, parseControl } from "./debian-control";
import { EPOCH, NONROOT, type Architecture, type Recipe } from "./recipe";

/** Not for containers: documentation (licences stay), translations, and character sets other than Unicode's. */
const REMOVED_SHARE = ["bash-completion", "bug", "doc-base", "info", "lintian", "locale", "man", "menu"];

const FILES: Readonly<Record<string, string>> = {
  "etc/passwd": `root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:${NONROOT}:${NONROOT}:nonroot:/home/nonroot:/sbin/nologin
`,
  "etc/group": `root:x:0:\nnobody:x:65534:\nnonroot:x:${NONROOT}:\n`,
  "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
};

export interface RootfsInput {
  readonly recipe: Recipe;
  readonly architecture: Architecture;
  /** Paths of the `.deb` files. */
  readonly packages: readonly string[];
  /** Unpacked npm package of Node, where the recipe has one. */
  readonly node?: string;
}

/** Writes it as a tar archive whose bytes depend on the input alone. `folder` is for work on the way. */
export async function writeRootfs(input: RootfsInput, folder: string, archive: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  linkMergedUsr(folder, input.architecture);
  await unpack(input, folder);
  remove(folder);
  bundleCertificates(folder);
  for (const [path, content] of Object.entries(FILES)) writeFileSync(join(folder, path), content);
  for (const [path, target] of Object.entries(input.recipe.links)) symlinkSync(target, join(folder, path));
  if (input.node !== undefined) addNode(input.node, folder);
  await writeTar(folder, archive);
}

/** All of it belongs to root, whoever makes it, but for the home of the user that services run as. */
async function writeTar(folder: string, archive: string): Promise<void> {
  const home = "./home/nonroot";
  mkdirSync(join(folder, home), { mode: 0o700 });
  const tar = (owner: number, ...args: string[]): Promise<string> =>
    run("tar", [
      ...["--file", archive, "--directory", folder, "--sort=name", "--format=gnu", "--numeric-owner"],
      ...[`--owner=${owner}`, `--group=${owner}`, `--mtime=@${EPOCH}`, ...args],
    ]);
  await tar(0, "--create", `--exclude=${home}`, ".");
  await tar(NONROOT, "--append", home);
}

/** Debian 12 has one /usr, and links to it from the top; packages still bring both paths. */
function linkMergedUsr(folder: string, architecture: Architecture): void {
  for (const name of ["bin", "sbin", "lib", ...(architecture === "amd64" ? ["lib64"] : [])]) {
    mkdirSync(join(folder, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(folder, name));
  }
}

/** Files of every package, and its record where scanners look in images without dpkg: status.d, as distroless. */
async function unpack({ recipe, packages }: RootfsInput, folder: string): Promise<void> {
  const records = join(folder, "var/lib/dpkg/status.d");
  mkdirSync(records, { recursive: true });
  const controls = [];
  for (const deb of packages) {
    const control = await run("dpkg-deb", ["--field", deb]);
    const fields = parseControl(control);
    controls.push(fields);
    writeFileSync(join(records, fields.package), control);
    await run("sh", [
      ...[
        "-ec",
        'dpkg-deb --fsys-tarfile "$1" | tar -x --directory "$2" --no-same-owner --keep-directory-symlink',
      ],
      ...["sh", deb, folder],
    ]);
  }
  const missing = missingDependencies(controls, recipe.omitted);
  if (missing.length > 0)
    throw new Error(`the recipe of ${recipe.repository} is not closed:\n${missing.join("\n")}`);
}

function remove(folder: string): void {
  const drop = (...path: string[]): void => rmSync(join(folder, ...path), { recursive: true, force: true });
  for (const name of REMOVED_SHARE) drop("usr/share", name);
  for (const triplet of ["x86_64-linux-gnu", "aarch64-linux-gnu"]) drop("usr/lib", triplet, "gconv");
  const docs = join(folder, "usr/share/doc");
  for (const entry of readdirSync(docs, { withFileTypes: true })) {
    // A package may share the folder of another one, by a link.
    if (!entry.isDirectory()) continue;
    for (const name of readdirSync(join(docs, entry.name))) {
      if (name !== "copyright") drop("usr/share/doc", entry.name, name);
    }
  }
}

/** What ca-certificates' own script makes at installation. */
function bundleCertificates(folder: string): void {
  const source = join(folder, "usr/share/ca-certificates/mozilla");
  const bundle = readdirSync(source)
    .sort()
    .map((name) => readFileSync(join(source, name), "utf8"))
    .join("");
  mkdirSync(join(folder, "etc/ssl/certs"), { recursive: true });
  writeFileSync(join(folder, "etc/ssl/certs/ca-certificates.crt"), bundle);
}

/** Where distroless images have it; package.json says to scanners and people what it is. */
function addNode(source: string, folder: string): void {
  for (const [from, to] of [
    ["bin/node", "nodejs/bin/node"],
    ["LICENSE", "nodejs/LICENSE"],
    ["package.json", "nodejs/package.json"],
  ] as const) {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    copyFileSync(join(source, from), join(folder, to));
  }
  if (!existsSync(join(folder, "nodejs/bin/node"))) throw new Error(`${source} holds no bin/node`);
}
