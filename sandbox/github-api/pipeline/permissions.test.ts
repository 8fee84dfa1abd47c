import assert from "node:assert/strict";
import { handlers } from "../handlers";
import { Description } from "./description";
import { needOf } from "./permissions";

/**
 * After GitHub's table (https://docs.github.com/rest/authentication/
 * permissions-required-for-fine-grained-personal-access-tokens); on github.com an answer's own
 * X-Accepted-GitHub-Permissions has the last word.
 */
const documented: Readonly<Record<string, string>> = {
  "repos/get": "metadata=read",
  "repos/update": "administration=write",
  "repos/delete": "administration=write",
  "repos/replace-all-topics": "administration=write",
  "repos/get-content": "contents=read",
  "repos/create-or-update-file-contents": "contents=write",
  "repos/delete-file": "contents=write",
  "repos/list-branches": "contents=read",
  "repos/rename-branch": "contents=write",
  "repos/get-commit": "contents=read",
  "repos/create-commit-status": "statuses=write",
  "git/create-ref": "contents=write",
  "pulls/create": "pull_requests=write",
  "pulls/merge": "contents=write",
  "actions/get-repo-public-key": "secrets=read",
  "actions/create-or-update-repo-secret": "secrets=write",
  "actions/list-repo-variables": "actions_variables=read",
  "actions/create-repo-variable": "actions_variables=write",
  "actions/create-or-update-environment-secret": "environments=write",
  "actions/create-environment-variable": "environments=write",
  "repos/get-environment": "actions=read",
  "repos/create-or-update-environment": "administration=write",
  "repos/create-deployment-branch-policy": "administration=write",
  "repos/get-repo-rulesets": "metadata=read",
  "repos/get-branch-rules": "metadata=read",
  "repos/create-repo-ruleset": "administration=write",
  "actions/get-github-actions-permissions-repository": "administration=read",
  "actions/set-github-actions-default-workflow-permissions-repository": "administration=write",
  "repos/list-collaborators": "metadata=read",
  "repos/add-collaborator": "administration=write",
  "repos/enable-vulnerability-alerts": "administration=write",
};

describe("what an operation needs", () => {
  const operations = Description.committed().operations.filter(({ id }) => id in handlers);

  for (const [id, expected] of Object.entries(documented)) {
    it(`is ${expected} for ${id}`, () => {
      const operation = operations.find((one) => one.id === id);
      assert.ok(operation);
      const { permission, level } = needOf(operation.id, operation.method);
      assert.equal(`${permission}=${level}`, expected);
    });
  }

  it("is never less than to write, for whatever writes", () => {
    const lax = operations.filter(
      ({ id, method }) => method !== "GET" && needOf(id, method).level !== "write",
    );
    assert.deepEqual(lax, []);
  });
});
