/** Which part of the project may import which, and what `core/` does without: rules over sources, read as syntax. */
import { posix } from "node:path";
import ts from "typescript";

export interface SourceFile {
  /** From the checkout's top, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** The parts of the project, and the parts that each may import besides itself. `cli` is in no list. */
const directions: Readonly<Record<string, readonly string[]>> = {
  loader: [],
  core: [],
  clients: ["core"],
  components: ["core", "provider/sdk"],
  services: ["core"],
  provider: ["core", "clients", "provider/wire"],
  "provider/wire": [],
  "provider/sdk": ["core"],
  setup: ["core"],
  cli: ["core", "clients"],
  policy: ["core", "provider/wire"],
  dashboard: ["core", "clients"],
  "index.ts": ["core", "clients", "components", "services"],
  sandbox: ["core", "clients", "services", "setup", "provider/wire"],
  package: ["setup"],
  bench: [
    "core",
    "clients",
    "components",
    "services",
    "provider",
    "policy",
    "sandbox",
    "setup",
    "tests",
    "index.ts",
  ],
  tests: [
    "core",
    "clients",
    "components",
    "services",
    "provider",
    "provider/sdk",
    "policy",
    "sandbox",
    "setup",
    "package",
    "index.ts",
  ],
};

/** What may be imported for its types alone: nothing of it runs. */
const typeDirections: Readonly<Record<string, readonly string[]>> = { sandbox: ["components"] };

/** What tests that stand beside their code may import besides: a command is run against GitHub's stand-in. */
const testDirections: Readonly<Record<string, readonly string[]>> = { cli: ["sandbox"] };

/** Packages of the parts that not every package suits. Libraries of `core/` are pure. */
const packages: Readonly<Record<string, RegExp>> = {
  core: /^(packageurl-js|semver|yaml|zod)$/,
  // Of the machine nothing but how a path is written.
  components: /^(@pulumi\/|node:path$)/,
  "provider/sdk": /^@pulumi\/pulumi$/,
  services: /^node:/,
};

/** Globals through which a network, a clock, the environment or the machine would reach `core/`. */
const impure = new Set(
  (
    "process global globalThis console crypto performance navigator fetch WebSocket EventSource XMLHttpRequest " +
    "setTimeout setInterval setImmediate __dirname __filename"
  ).split(" "),
);

type Fault = readonly [line: number, problem: string];

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** Every fault, as `<file>:<line> <what is wrong>`, in the files' order. */
export function importFaults(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    return [
      ...importsOf(tree).flatMap((each) => faultsOf(path, each)),
      ...(partOf(path) === "core" && !isTest(path) ? impurities(tree) : []),
    ].map(([line, problem]) => `${path}:${line} ${problem}`);
  });
}

function faultsOf(path: string, { target, typeOnly, line }: Import): readonly Fault[] {
  const problems = target.startsWith(".")
    ? pathFaults(path, posix.join(posix.dirname(path), target), typeOnly)
    : packageFaults(path, target);
  return problems.map((problem) => [line, `imports ${target}: ${problem}`]);
}

function packageFaults(path: string, name: string): readonly string[] {
  const part = partOf(path);
  if (isTest(path)) return [];
  if (isDeclaration(path)) return ["a service's declaration imports core/fleet and nothing else"];
  const allowed = packages[part];
  return allowed === undefined || allowed.test(name) ? [] : [`no package for ${part}`];
}

function pathFaults(path: string, target: string, typeOnly: boolean): readonly string[] {
  const [from, to] = [partOf(path), partOf(target)];
  const allowed = directions[from];
  if (allowed === undefined) return [`tests/import-rules.ts doesn't say what ${from} may import`];
  const faults: string[] = [];
  if (isDeclaration(path) && target !== "core/fleet") {
    faults.push("a service's declaration imports core/fleet and nothing else");
  } else if (
    from !== to &&
    !allowed.includes(to) &&
    !(typeOnly && typeDirections[from]?.includes(to)) &&
    !(isTest(path) && testDirections[from]?.includes(to))
  ) {
    faults.push(`${from} doesn't import ${to}`);
  }
  const subject = /^core\/[^/]+(?=\/)/.exec(target)?.[0];
  // Generators and samples have no place behind that door: tests reach them where they are.
  const forTests = isTest(target);
  if (subject !== undefined && !path.startsWith(`${subject}/`) && !(forTests && isTest(path))) {
    faults.push(`the only door of ${subject} is its index.ts`);
  }
  if (forTests && !isTest(path)) faults.push("only tests use what is there for tests");
  return faults;
}

/** `core`, `components`, …, a folder that is a part of its own inside another, or the name of a file at the top. */
function partOf(path: string): string {
  const [first = "", second = ""] = path.split("/");
  if (`${first}/${second}` in directions) return `${first}/${second}`;
  return first === "index" ? "index.ts" : first;
}

function isDeclaration(path: string): boolean {
  return /^services\/[^/]+\/service\.ts$/.test(path);
}

/** A test, or what is there for tests alone. */
function isTest(path: string): boolean {
  return /\.test(\.ts)?$|\/(testing|trial|test-support)(\/|\.ts$|$)|^tests\/|^bench\//.test(path);
}

function importsOf(tree: ts.SourceFile): readonly Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) {
      found.push({ target: specifier.text, typeOnly: isTypeOnly(node), line: lineOf(tree, node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The text after `from`, in `require(…)`, `import(…)` and in types; undefined where there is none, or no constant. */
function specifierOf(node: ts.Node): ts.StringLiteralLike | undefined {
  const specifier =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isExternalModuleReference(node)
        ? node.expression
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : ts.isCallExpression(node) && isLoading(node.expression)
            ? node.arguments[0]
            : undefined;
  return specifier !== undefined && ts.isStringLiteralLike(specifier) ? specifier : undefined;
}

function isLoading(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || callee.getText() === "require";
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  if (!ts.isImportDeclaration(node) || node.importClause === undefined) return false;
  const { isTypeOnly: whole, name, namedBindings } = node.importClause;
  if (whole || name !== undefined || namedBindings === undefined) return whole;
  return ts.isNamedImports(namedBindings) && namedBindings.elements.every((element) => element.isTypeOnly);
}

/** Uses of the clock, of chance and of the machine, as far as names tell them. */
function impurities(tree: ts.SourceFile): readonly Fault[] {
  const declared = new Set<string>();
  const used: { readonly name: string; readonly node: ts.Node }[] = [];
  const visit = (node: ts.Node): void => {
    const name = impurityOf(node);
    if (name !== undefined) used.push({ name, node });
    else if (ts.isIdentifier(node) && isDeclared(node)) declared.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return used
    .filter(({ name }) => !declared.has(name))
    .map(({ name, node }) => [lineOf(tree, node), `uses ${name}: core is given what it needs`]);
}

function impurityOf(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && isNamed(node.expression, "Date") && !node.arguments?.length)
    return "new Date()";
  if (ts.isCallExpression(node) && isNamed(node.expression, "Date")) return "Date()";
  if (ts.isCallExpression(node) && isLoading(node.expression) && specifierOf(node) === undefined) {
    return "a computed import";
  }
  if (ts.isPropertyAccessExpression(node)) {
    const text = `${node.expression.getText()}.${node.name.text}`;
    return text === "Date.now" || text === "Math.random" ? text : undefined;
  }
  return ts.isIdentifier(node) && impure.has(node.text) && isValue(node) && !isDeclared(node)
    ? node.text
    : undefined;
}

function isNamed(node: ts.Expression, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

/** A name that this file gives to something of its own. */
function isDeclared(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      ts.isFunctionDeclaration(parent) ||
      ts.isImportSpecifier(parent)) &&
    parent.name === node
  );
}

/** Not the name of a property, a method or a type's member. */
function isValue(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  return !(
    ts.isPropertySignature(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isTypeReferenceNode(parent) ||
    ts.isQualifiedName(parent)
  );
}

function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart()).line + 1;
}
