/** Shapes as an npm package gives them: read from its declarations, as an editor does. */
import { join } from "node:path";
import ts from "typescript";
import { shapeOf, type Interface, type Kind, type Property } from "./shape";

/** The declarations of an npm package such as `@pulumi/github`. */
export class SdkDeclarations {
  readonly #checker: ts.TypeChecker;
  readonly #exports: ReadonlyMap<string, ts.Symbol>;

  constructor(root: string, packageName: string) {
    const entry = join(root, "node_modules", packageName, "index.d.ts");
    const program = ts.createProgram([entry], { skipLibCheck: true, noLib: true, types: [] });
    const source = program.getSourceFile(entry);
    this.#checker = program.getTypeChecker();
    const module = source === undefined ? undefined : this.#checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${packageName} has no declarations at ${entry}`);
    this.#exports = new Map(this.#checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]));
  }

  /**
   * What a resource class or a function takes and gives. `path` leads to it through namespaces, e.g.
   * `local.Command`; a function's name starts with a small letter.
   */
  interface(path: string): Interface {
    const name = path.slice(path.lastIndexOf(".") + 1);
    if (/^[a-z]/.test(name)) {
      const pascal = `${name[0]?.toUpperCase()}${name.slice(1)}`;
      return this.#both(this.#members(`${pascal}Args`), this.#members(`${pascal}Result`));
    }
    return this.#both(this.#members(`${path}Args`), this.#members(path));
  }

  #both(inputs: readonly Property[], outputs: readonly Property[]): Interface {
    return { inputs: shapeOf(inputs, { optional: true }), outputs: shapeOf(outputs, { optional: false }) };
  }

  #members(path: string): Property[] {
    const [first = "", ...rest] = path.split(".");
    let symbol = this.#exports.get(first);
    for (const name of rest) {
      symbol = this.#checker
        .getExportsOfModule(this.#resolved(symbol, path))
        .find((each) => each.name === name);
    }
    const declaration = this.#declaration(this.#resolved(symbol, path));
    if (declaration === undefined) throw new Error(`${path} is neither a class nor an interface`);
    return this.#properties(declaration);
  }

  #resolved(symbol: ts.Symbol | undefined, path: string): ts.Symbol {
    if (symbol === undefined) throw new Error(`the package exports no ${path}`);
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** An index re-exports classes as `type Image = import("./image").Image`, so what a type alias means counts. */
  #declaration(symbol: ts.Symbol): ts.ClassDeclaration | ts.InterfaceDeclaration | undefined {
    const meant = this.#checker.getDeclaredTypeOfSymbol(symbol).getSymbol() ?? symbol;
    return [...(symbol.declarations ?? []), ...(meant.declarations ?? [])].find(
      (node) => ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node),
    );
  }

  #properties(declaration: ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeLiteralNode): Property[] {
    return [...declaration.members].flatMap((member) => {
      if (!ts.isPropertySignature(member) && !ts.isPropertyDeclaration(member)) return [];
      // Static properties and `urn`, `id` and the like aren't the resource's own.
      if (member.type === undefined || hasModifier(member, ts.SyntaxKind.StaticKeyword)) return [];
      const optional = member.questionToken !== undefined;
      return [{ name: (member.name as ts.Identifier).text, optional, type: this.#kind(member.type) }];
    });
  }

  /** The kind that a type node stands for, with the wrappers of inputs and outputs taken off. */
  #kind(node: ts.TypeNode): Kind {
    if (ts.isParenthesizedTypeNode(node)) return this.#kind(node.type);
    if (ts.isTypeOperatorNode(node)) return this.#kind(node.type);
    if (ts.isUnionTypeNode(node)) {
      const some = node.types.filter((type) => type.kind !== ts.SyntaxKind.UndefinedKeyword);
      return some.length === 1 && some[0] !== undefined ? this.#kind(some[0]) : { kind: "scalar" };
    }
    if (ts.isArrayTypeNode(node)) return { kind: "array", of: this.#kind(node.elementType) };
    if (ts.isTypeLiteralNode(node)) return { kind: "map" };
    if (!ts.isTypeReferenceNode(node)) return { kind: "scalar" };
    const wrapped = node.typeArguments?.[0];
    if (wrapped !== undefined && /\b(Input|Output)$/.test(node.typeName.getText()))
      return this.#kind(wrapped);
    const symbol = this.#checker.getSymbolAtLocation(node.typeName);
    const declaration = symbol && this.#declaration(this.#resolved(symbol, node.getText()));
    if (declaration === undefined) return { kind: "scalar" };
    return { kind: "object", properties: this.#properties(declaration) };
  }
}

function hasModifier(member: ts.PropertySignature | ts.PropertyDeclaration, kind: ts.SyntaxKind): boolean {
  return member.modifiers?.some((modifier) => modifier.kind === kind) === true;
}
