/**
 * `ghcr:index:Retention`: the policy by which images of a package may go. The policy is checked whole, and a preview
 * that changes it says what it would free of the real package. Nothing here deletes anything, ever: `ghcr retention
 * apply` and the rendered workflow do, by a plan of their own. Deleting the resource forgets the policy.
 */
import { bytesText } from "../../core/bytes-text";
import { PlatformError, type Fault } from "../../core/errors";
import {
  defaultPolicy,
  parsePolicy,
  planAtMost,
  type Inventory,
  type Plan,
  type Policy,
} from "../../core/retention";
import { checkInputs, inputFault, type Fields } from "../inputs";
import type { PackageName } from "../package-reader";
import { containsUnknown, reveal, sameValue, type InputFault, type Properties } from "../wire";
import { idOf, nameFields, packageNameIn, packageNameOf } from "./names";
import type { Context, ResourceKind } from "./resource";

const fields: Fields = {
  ...nameFields,
  policy: { faults: policyFaults, kept: (value) => parsePolicy(value, "policy") },
};

export const retentionKind: ResourceKind = {
  check: (news) => checkInputs(news, fields),

  diff(_context, _urn, oldInputs, news) {
    const changed = Object.keys(fields).filter((name) => !sameValue(oldInputs[name], news[name]));
    return { changed, replaces: changed.filter((name) => name in nameFields) };
  },

  async create(context, urn, inputs, preview) {
    const name = packageNameOf(inputs);
    if (preview) await showEffect(context, urn, inputs);
    return preview || name === undefined ? { properties: inputs } : { id: idOf(name), properties: inputs };
  },

  async update(context, urn, { inputs, oldInputs }, preview) {
    if (preview) await showEffect(context, urn, inputs, oldInputs);
    return inputs;
  },

  /** A policy lies in the program alone: there is nothing on GitHub that it could differ from. */
  async read(context, _urn, known) {
    if (known.inputs["name"] !== undefined) return known;
    const name = packageNameIn(known.id);
    const look = await context.reader.state(name);
    if (look.is === "unknown") throw new Error(look.why);
    if (look.is === "absent") return undefined;
    const inputs = { ...name, policy: defaultPolicy() };
    return { id: idOf(name), inputs, properties: inputs };
  },

  delete() {},
};

async function showEffect(
  context: Context,
  urn: string,
  inputs: Properties,
  oldInputs?: Properties,
): Promise<void> {
  const name = packageNameOf(inputs);
  if (name === undefined || containsUnknown(inputs["policy"])) return;
  const look = await context.reader.inventory(name, (done, all) => {
    if (all >= 100 && done % 100 === 0) context.log.progress(`${done} of ${all} manifests`, urn);
  });
  const package_ = idOf(name);
  if (look.is === "unknown")
    return context.log.notSeen(look, `what the policy would free of ${package_} is not known`, urn);
  if (look.is === "absent")
    return context.log.info(`GitHub shows no package ${package_} yet, so there is nothing to free`, urn);
  const policy = parsePolicy(reveal(inputs["policy"]), "policy");
  const before = oldInputs === undefined ? undefined : parsePolicy(reveal(oldInputs["policy"]), "policy");
  context.log.info(effectText(name, look.seen, { policy, before, now: context.now() }), urn);
}

interface Question {
  readonly policy: Policy;
  /** The policy that is declared so far, if there is one. */
  readonly before: Policy | undefined;
  readonly now: Date;
}

/** What a policy would free of a package, and what the one before it would. */
export function effectText(
  name: PackageName,
  inventory: Inventory,
  { policy, before, now }: Question,
): string {
  const made = planAtMost(inventory, policy, now);
  const held = made.notices.flatMap((notice) => (notice.kind === "held" ? [notice.why] : []));
  const { versions, bytes } = made.summary;
  if (held.length > 0) {
    return (
      `${idOf(name)}: the policy would free nothing of ${versions} versions, ${bytesText(bytes)}, as long as ` +
      held.join("; ")
    );
  }
  const former = before === undefined ? undefined : planAtMost(inventory, before, now);
  return [
    `${idOf(name)}: the policy would free at most ${share(made)} of ${bytesText(bytes)}` +
      (former === undefined ? "" : `; the one before it ${share(former)}`),
    "(at most: as if nothing were promoted or in use, and every pull request had been closed when it was last pushed)",
    ...(made.brake.trippedBy.length === 0
      ? []
      : [
          `that is more than one run may delete (${made.brake.versions} versions, ${made.brake.percent} %), so such a ` +
            "plan would not be applied",
        ]),
    "nothing is deleted by `pulumi up`: `ghcr retention plan` names each version, `ghcr retention apply` deletes",
  ].join("\n");
}

/** `37 of 412 versions, 1.2 GB`. */
function share({ summary }: Plan): string {
  return `${summary.delete} of ${summary.versions} versions, ${bytesText(summary.freed)}`;
}

function policyFaults(value: unknown, property: string): readonly InputFault[] {
  try {
    parsePolicy(value, property);
    return [];
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return error.faults.map((fault) => inputFault(pathOf(fault), fault));
  }
}

/** `policy: rules[0].count` as the engine writes paths: `policy.rules[0].count`. */
function pathOf({ where }: Fault): string {
  return where.replace(": ", ".");
}
