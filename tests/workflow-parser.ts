/** GitHub's own reading of a workflow file: its parser, with the schema that its editor and its server share. */
import { registerHooks } from "node:module";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Every error that the parser has, each with its place. */
export async function parseErrors(name: string, content: string): Promise<readonly string[]> {
  const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await load();
  const parsed = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const errors = parsed.context.errors.getErrors().map(({ message }) => message);
  if (errors.length > 0 || parsed.value === undefined) return errors;
  // The schema knows no names: only the conversion sees that a needed job isn't there.
  const template = await convertWorkflowTemplate(parsed.context, parsed.value);
  return (template.errors ?? []).map(({ Message }) => Message);
}

/** The package imports JSON without the attribute that Node asks for. */
function load() {
  const hooks = registerHooks({
    load: (url, context, next) =>
      url.includes("/@actions/") && url.endsWith(".json")
        ? {
            format: "module",
            shortCircuit: true,
            source: `export default ${readFileSync(fileURLToPath(url), "utf8")}`,
          }
        : next(url, context),
  });
  return import("@actions/workflow-parser").finally(() => hooks.deregister());
}
