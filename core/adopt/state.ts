/**
 * What an import leaves open in the state: GitHub gives back no secret's value, and nothing of what is said to the
 * provider alone. It is filled in with what the program says, and with nothing that GitHub could contradict.
 */
import { z } from "zod";
import { nameOf, type PreviewedResource } from "./preview";

/** Properties by type that no read of GitHub gives; `secret`: kept encrypted in the state. */
const unreadable: Readonly<
  Record<string, { readonly plain?: readonly string[]; readonly secret?: readonly string[] }>
> = {
  "github:index/repository:Repository": {
    plain: ["archiveOnDestroy", "autoInit", "ignoreVulnerabilityAlertsDuringRead"],
  },
  "github:index/branchDefault:BranchDefault": { plain: ["rename", "waitForRename"] },
  "github:index/actionsSecret:ActionsSecret": { secret: ["value"] },
  "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": { secret: ["value"] },
  // A policy lies in the program alone.
  "ghcr:index:Retention": { plain: ["policy"] },
};

/** A resource that differs from what the program says in a property that GitHub shows. */
export interface Difference {
  readonly urn: string;
  readonly op: string;
  /** Names of the properties. */
  readonly properties: readonly string[];
}

/** What a preview after the import shows to be open, and what to be different. */
export interface Judged {
  /** Properties to fill in, by URN; a secret's as where its value lies in the stack's configuration. */
  readonly open: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly differences: readonly Difference[];
}

/** @param own what the preview says of the repository's resources */
export function judged(own: readonly PreviewedResource[]): Judged {
  const open = new Map<string, Readonly<Record<string, unknown>>>();
  const differences: Difference[] = [];
  for (const resource of own) {
    const { urn, op, custom, inputs, differs } = resource;
    // What isn't there yet is no difference from what is.
    if (["same", "create", "read"].includes(op)) continue;
    const fillable = custom ? fillableIn(resource.type) : Object.keys(inputs);
    const rest = custom ? differs.filter((name) => !fillable.includes(name)) : [];
    if (op !== "update" || rest.length > 0 || (custom && differs.length === 0)) {
      differences.push({ urn, op, properties: rest.length > 0 ? rest : differs });
    } else {
      const secrets = unreadable[resource.type]?.secret ?? [];
      const names = (custom ? differs : fillable).filter((name) => inputs[name] !== undefined);
      const values = names.map((name) => [name, secrets.includes(name) ? placeOf(resource) : inputs[name]]);
      open.set(urn, Object.fromEntries(values));
    }
  }
  return { open, differences };
}

/** Where a secret's value lies in the stack's configuration. */
export interface SecretPlace {
  readonly service: string;
  /** The secret's name, an environment's as `<environment>/<name>`. */
  readonly key: string;
}

/** `ServiceSecrets` calls itself `<service>-secrets`, and a secret `<itself>-<name>` or `<itself>-<environment>-<name>`. */
function placeOf({ name, parent, inputs }: PreviewedResource): SecretPlace {
  const component = nameOf(parent);
  const own = name.slice(component.length + 1);
  const secret = String(inputs["secretName"]);
  const environment = own.slice(0, Math.max(0, own.length - secret.length - 1));
  return {
    service: component.replace(/-secrets$/, ""),
    key: environment === "" ? secret : `${environment}/${secret}`,
  };
}

const exported = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(
      z.looseObject({
        urn: z.string(),
        type: z.string(),
        custom: z.boolean().default(false),
        inputs: z.record(z.string(), z.unknown()).optional(),
        outputs: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
  }),
});

/** The engine's mark of a secret in a state (`sdk/go/common/resource/sig`). */
const secretMark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/**
 * The state with what is open filled in, as `pulumi stack import` takes it, which encrypts the secrets: never to be
 * written anywhere but there.
 * @param text what `pulumi stack export` printed
 * @param secretAt the value of a secret
 */
export function filledState(
  text: string,
  open: Judged["open"],
  secretAt: (place: SecretPlace) => string,
): string {
  const state = exported.parse(JSON.parse(text));
  const resources = state.deployment.resources.map((resource) => {
    const values = open.get(resource.urn);
    if (values === undefined) return resource;
    const secrets = unreadable[resource.type]?.secret ?? [];
    const filled = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        secrets.includes(name)
          ? { ...secretMark, plaintext: JSON.stringify(secretAt(value as SecretPlace)) }
          : value,
      ]),
    );
    const inputs = { ...resource.inputs, ...filled };
    return resource.custom
      ? { ...resource, inputs, outputs: { ...resource.outputs, ...filled } }
      : { ...resource, inputs };
  });
  return JSON.stringify({ ...state, deployment: { ...state.deployment, resources } });
}

function fillableIn(type: string): readonly string[] {
  const { plain = [], secret = [] } = unreadable[type] ?? {};
  return [...plain, ...secret];
}
