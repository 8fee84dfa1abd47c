/** A declaration as the file that a person would write, in the formatter's own layout. */
import type { ServiceDeclaration } from "../fleet";

/** As in .prettierrc.json. */
const width = 110;

/** Content of `services/<name>/service.ts`. */
export function declarationFile(declaration: ServiceDeclaration): string {
  const body = expanded(declaration, "");
  return `import { defineService } from "../../core/fleet";\n\nexport default defineService(${body});\n`;
}

function expanded(value: object, indent: string): string {
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(([name, each]) => {
    const head = `${inner}${key(name)}: `;
    return `${head}${written(each, inner, width - head.length - 1)},`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

/** On one line where it fits and the formatter leaves it there. */
function written(value: unknown, indent: string, room: number): string {
  const line = inline(value);
  if (typeof value !== "object" || value === null) return line;
  if (line.length <= room && !alwaysBroken(value)) return line;
  if (!Array.isArray(value)) return expanded(value, indent);
  const inner = `${indent}  `;
  const items = value.map((each) => `${inner}${written(each, inner, width - inner.length - 1)},`);
  return `[\n${items.join("\n")}\n${indent}]`;
}

/** The formatter breaks a list of several objects with several members each, and what such a list is in. */
function alwaysBroken(value: object): boolean {
  const parts = Object.values(value) as unknown[];
  const several =
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((each) => typeof each === "object" && Object.keys(each as object).length > 1);
  return several || parts.some((each) => typeof each === "object" && each !== null && alwaysBroken(each));
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return text(value);
  const members = Object.entries(value).map(([name, each]) => `${key(name)}: ${inline(each)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** With the quotes that need fewer escapes, as the formatter chooses. */
function text(value: unknown): string {
  const quoted = JSON.stringify(value);
  if (typeof value !== "string" || !value.includes('"') || value.includes("'")) return quoted;
  return `'${quoted.slice(1, -1).replaceAll('\\"', '"')}'`;
}

function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}
