/** A GitHub App on the stand-in, with a key of its own and the least rights that an update needs. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { rights } from "../../core/rights";
import type { AppRegistration, RegisteredApp } from "../../sandbox/github-api/state/apps";

export const leastRights = Object.fromEntries(rights.map(({ permission, level }) => [permission, level]));

export interface TestApp {
  readonly slug: string;
  /** PEM, as GitHub gives the file. */
  readonly key: string;
  readonly registration: AppRegistration;
}

/** An app of an owner, installed on some accounts; nobody knows it before it is registered. */
export function testApp(owner: string, accounts: readonly string[]): TestApp {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const slug = "platform";
  return {
    slug,
    key: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
    registration: {
      ...{ slug, owner, permissions: leastRights },
      publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      installations: accounts.map((account) => ({ account })),
    },
  };
}

/** Registers it, or changes what it is. */
export async function register(githubUrl: string, registration: AppRegistration): Promise<RegisteredApp> {
  const body = JSON.stringify(registration);
  const answer = await fetch(new URL("_sandbox/apps", githubUrl), { method: "POST", body });
  assert.ok(answer.ok, String(answer.status));
  return (await answer.json()) as RegisteredApp;
}
