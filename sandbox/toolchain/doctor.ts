/** `make doctor`: which tools are used, where they come from and how that is known. */
import Table from "cli-table3";
import type { ResolvedTool, Toolchain } from ".";

const FROM: Readonly<Record<ResolvedTool["from"], string>> = {
  installed: "installed",
  release: "official release",
  go: "built from source",
  npm: "npm",
  debian: "Debian",
  "stand-in": "stand-in",
};

/** Prints the table, or with `json` the tools as JSON, to stdout. */
export function printDoctor(
  { tools }: Pick<Toolchain, "tools">,
  options: { readonly json?: boolean } = {},
): void {
  console.log(options.json === true ? JSON.stringify(tools, undefined, 2) : doctorTable(tools));
}

/** The table, and under it why tools aren't the official releases. */
export function doctorTable(tools: readonly ResolvedTool[]): string {
  const table = new Table({
    head: ["tool", "version", "where from", "verified how"],
    style: { head: [], border: [] },
  });
  for (const tool of tools) table.push([tool.name, tool.version, FROM[tool.from], tool.verified]);
  return [table.toString(), ...reasons(tools)].join("\n");
}

/** One line a tool that came by a later way, with why the ways before it led nowhere. */
function reasons(tools: readonly ResolvedTool[]): string[] {
  const others = tools.filter(({ from, passed }) => passed.length > 0 && from !== "release");
  const width = Math.max(0, ...others.map(({ name }) => name.length));
  const lines = others.map(({ name, passed }) => `  ${name.padEnd(width)}  ${passed.join("; ")}`);
  return lines.length === 0 ? [] : ["", "Why not another way:", ...lines];
}
