/** The values of services' secrets in a stack's configuration, which go in and out on the engine's pipes only. */
import type { Engine } from "../clients/engine";

/** By service and key. */
export type SecretTree = Readonly<Record<string, Readonly<Record<string, string>>>>;

const key = "ghcr-platform:secrets";

export async function readSecrets(engine: Engine, stack: string): Promise<SecretTree> {
  return JSON.parse((await engine.config(stack, key)) ?? "{}") as SecretTree;
}

export async function writeSecrets(engine: Engine, stack: string, secrets: SecretTree): Promise<void> {
  await engine.setSecret(stack, key, JSON.stringify(secrets));
}

/** Without the values of one service; true where there were any. */
export async function dropSecrets(engine: Engine, stack: string, service: string): Promise<boolean> {
  const { [service]: dropped, ...rest } = await readSecrets(engine, stack);
  if (dropped !== undefined) await writeSecrets(engine, stack, rest);
  return dropped !== undefined;
}
