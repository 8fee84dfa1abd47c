/**
 * The published schemas. After a change of a format they are written anew by
 * `UPDATE_SCHEMAS=1 sandbox/node node_modules/.bin/mocha --no-config core/retention/json-schema.test.ts`.
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { format } from "prettier";
import { defaultPolicy, definePolicy, formatPlan, plan, schemas } from ".";
import { now, policies, registries } from "./testing/arbitrary";
import { defaultPolicyDeclaration } from "./policy";

const folder = join(__dirname, "../../docs/schemas");

before(async () => {
  if (process.env["UPDATE_SCHEMAS"] === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const [name, schema] of Object.entries(schemas)) {
    writeFileSync(
      join(folder, name),
      await format(JSON.stringify(schema), { parser: "json", printWidth: 110 }),
    );
  }
});

describe("the published schemas", () => {
  it("are current", () => {
    const published = readdirSync(folder);
    for (const name of Object.keys(schemas)) assert.ok(published.includes(name), `${name} is published`);
    for (const name of published.filter((each) => each.startsWith("retention-")))
      assert.ok(name in schemas, `${name} is a format`);
    for (const [name, schema] of Object.entries(schemas)) {
      const committed: unknown = JSON.parse(readFileSync(join(folder, name), "utf8"));
      assert.deepEqual(committed, JSON.parse(JSON.stringify(schema)), `${name} is out of date`);
    }
  });

  const ajv = addFormats(new Ajv2020({ strict: true, allowUnionTypes: true }));
  const validate = (name: string, value: unknown): void => {
    const check =
      ajv.getSchema(`urn:ghcr-platform:${name}:1`) ?? ajv.compile(schemas[`${name}.schema.json`] ?? {});
    assert.ok(check(value), JSON.stringify(check.errors));
  };

  it("hold for every inventory, policy and plan", () => {
    fc.assert(
      fc.property(registries({ faulty: true }), policies, (inventory, policy) => {
        validate("retention-inventory", JSON.parse(JSON.stringify(inventory)));
        validate("retention-policy", JSON.parse(JSON.stringify(policy)));
        validate("retention-plan", JSON.parse(formatPlan(plan(inventory, policy, now))));
      }),
    );
  });

  it("hold for the default policy as it is written and as it is filled in", () => {
    validate("retention-policy", JSON.parse(JSON.stringify(defaultPolicyDeclaration())));
    validate("retention-policy", JSON.parse(JSON.stringify(defaultPolicy())));
  });

  it("refuse what the reader refuses", () => {
    for (const wrong of [
      { rules: [{ id: "a", kind: "expire-tagged", of: "latest", afterDays: 1 }] },
      { rule: [] },
    ]) {
      assert.throws(() => validate("retention-policy", wrong));
      assert.throws(() => definePolicy(wrong as never));
    }
  });
});
