/** The stand-in as a plugin: which calls it answers, and in which words it refuses the others. */
import { refused, type EngineLog, type ProviderPlugin, type ResourceOf } from "../../../provider/wire";
import { COMMAND_TYPE, DESCRIPTION, schemaJson, VERSION } from "./description";
import {
  checkCommand,
  createCommand,
  deleteCommand,
  diffCommand,
  previewProperties,
  updateCommand,
} from "./resource";
import type { CommandContext } from "./resource";

/** @param environment what commands inherit */
export function commandPlugin(log: EngineLog, environment: NodeJS.ProcessEnv): ProviderPlugin {
  const cancellation = new AbortController();
  const context: CommandContext = { log, signal: cancellation.signal, environment, running: new Set() };
  return {
    version: VERSION,
    schema: schemaJson,
    checkConfig: (inputs) => ({ inputs, faults: [] }),
    async configure() {
      log.debug(DESCRIPTION);
    },
    async check(resource, news) {
      requireCommand(resource);
      return checkCommand(news);
    },
    async diff(resource, oldInputs, news) {
      requireCommand(resource);
      return diffCommand(oldInputs, news);
    },
    async create(resource, inputs, preview) {
      requireCommand(resource);
      return preview
        ? { properties: previewProperties(inputs) }
        : createCommand(context, resource.urn, inputs);
    },
    async update(resource, { state, inputs }, preview) {
      requireCommand(resource);
      return preview ? previewProperties(inputs) : updateCommand(context, resource.urn, state, inputs);
    },
    async read(resource, known) {
      requireCommand(resource);
      // There is nothing outside to look at: what a command printed is the state.
      return known;
    },
    async delete(resource, state) {
      requireCommand(resource);
      await deleteCommand(context, resource.urn, state);
    },
    async invoke(token) {
      throw refused(refusal(`function ${token}`));
    },
    async cancel() {
      cancellation.abort();
      await Promise.allSettled(context.running);
    },
    refusal,
  };
}

const needs = "install the official plugin 1.2.1 for it";

function refusal(call: string): string {
  return `${call} is not in the stand-in for @pulumi/command; ${needs}`;
}

function requireCommand({ urn, type }: ResourceOf): void {
  if (type === COMMAND_TYPE) return;
  throw refused(`the stand-in for @pulumi/command serves ${COMMAND_TYPE} only, not ${type || urn}; ${needs}`);
}
