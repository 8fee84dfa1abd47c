/** The policy pack: the rules of `core/policy`, told to the engine. `ghcr-policy` starts it. */
import { PolicyPack, type Policies } from "@pulumi/policy";
import { formatFinding, rules, Stack, type Rule } from "../core/policy";
import { whenEngineIsGone } from "../provider/wire/engine-watch";
import { plainProps, stackResources } from "./plain";

const policies: Policies = rules.flatMap((rule) => [...resourcePolicy(rule), ...stackPolicy(rule)]);

whenEngineIsGone(() => process.exit(0));
new PolicyPack("ghcr-platform", { policies });

function resourcePolicy({ name, level, description, resource }: Rule): Policies {
  if (resource === undefined) return [];
  return [
    {
      name,
      description,
      enforcementLevel: level,
      validateResource: ({ type, name: resourceName, urn, props }, report) => {
        if (!resource.types.includes(type)) return;
        const facts = { type, name: resourceName, urn, props: plainProps(props) };
        for (const finding of resource.check(facts)) report(formatFinding(finding));
      },
    },
  ];
}

/** The engine knows a policy by its name, so what is judged at the end has one of its own. */
function stackPolicy({ name, level, description, resource, stack }: Rule): Policies {
  if (stack === undefined) return [];
  return [
    {
      name: resource === undefined ? name : `${name}-in-stack`,
      description,
      enforcementLevel: level,
      validateStack: ({ resources }, report) => {
        for (const finding of stack(new Stack(stackResources(resources)))) {
          report(formatFinding(finding), finding.urn);
        }
      },
    },
  ];
}
