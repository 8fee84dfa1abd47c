/** Whether what `pulumi up` is to sign in with has the rights for it: a token's, or a GitHub App's. */
import { existsSync, readFileSync } from "node:fs";
import { readApp } from "../../clients/app-rights";
import { tokenFaults } from "../../clients/github";
import { readRepository, type OwnerAccount } from "../../clients/setup";
import { formatFault, PlatformError, type Fault } from "../../core/errors";
import { appFaults } from "../../core/rights";
import type { Result, Setup } from "./steps";

/** What is wrong, one line each with what mends it; a person does that on GitHub's pages. */
export async function rights({ access, repository, app }: Setup, owner: OwnerAccount): Promise<Result> {
  if (app === undefined) {
    const faults = await tokenFaults({ ...access, owner: owner.login, repository });
    return judged(faults, "the token has what GitHub shows of its rights");
  }
  const there = await readRepository(access, owner.login, repository);
  const signIn = { id: app.id, installationId: app.installationId, key: readKey(app.keyFile) };
  const facts = await readApp(access.githubUrl, signIn, owner, there === undefined ? undefined : repository);
  const least = `the app ${facts.slug} has what an update needs, and no more`;
  return judged(appFaults(facts), owner.type === "Organization" ? least : `${least}; ${noRepositories}`);
}

/** https://docs.github.com/rest/authentication/endpoints-available-for-github-app-installation-access-tokens */
const noRepositories =
  "GitHub lets no app make a repository of a user account: make those by hand and declare each `existing: true`";

function judged(faults: readonly Fault[], well: string): Result {
  return faults.length === 0
    ? { state: "there", detail: well }
    : { state: "needed", detail: faults.map(formatFault).join("\n") };
}

/** @throws PlatformError where the file is no private key */
export function readKey(file: string): string {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (text.includes("PRIVATE KEY-----")) return text;
  throw new PlatformError({
    code: "no-app-key",
    where: "--app-key-file",
    problem: "is no private key in PEM form",
    got: file,
    fix: "download it from the app's settings page on GitHub",
  });
}
