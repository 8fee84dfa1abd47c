import assert from "node:assert/strict";
import fc from "fast-check";
import { Description } from "./description";
import { Router } from "./routes";

const router = new Router(Description.committed());

function matched(method: string, path: string): [string, Record<string, string>] | undefined {
  const match = router.match(method, path);
  return match === undefined ? undefined : [match.operation.id, { ...match.params }];
}

describe("routes", () => {
  it("take slashes in a file's path, bare or escaped", () => {
    const params = { owner: "o", repo: "r", path: ".github/workflows/a b.yml" };
    assert.deepEqual(matched("GET", "/repos/o/r/contents/.github/workflows/a%20b.yml"), [
      "repos/get-content",
      params,
    ]);
    assert.deepEqual(matched("GET", "/repos/o/r/contents/.github%2Fworkflows%2Fa%20b.yml"), [
      "repos/get-content",
      params,
    ]);
  });

  it("know the root folder with and without a slash at the end", () => {
    assert.equal(matched("GET", "/repos/o/r/contents")?.[1]["path"], "");
    assert.equal(matched("GET", "/repos/o/r/contents/")?.[1]["path"], "");
  });

  it("tell an operation on a branch from a branch with a slash in its name", () => {
    assert.deepEqual(matched("POST", "/repos/o/r/branches/feature/x/rename")?.[0], "repos/rename-branch");
    assert.deepEqual(matched("GET", "/repos/o/r/branches/feature/x")?.[1]["branch"], "feature/x");
  });

  it("prefer the fixed part: a secret can't be called public-key", () => {
    assert.equal(matched("GET", "/repos/o/r/actions/secrets/public-key")?.[0], "actions/get-repo-public-key");
  });

  it("keep an escaped slash within an environment's name", () => {
    assert.equal(matched("GET", "/repos/o/r/environments/prod%2Feu")?.[1]["environment_name"], "prod/eu");
    assert.equal(matched("GET", "/repos/o/r/environments/prod/eu"), undefined);
  });

  it("match nothing for a broken escape", () => {
    assert.equal(matched("GET", "/repos/o/r/actions/secrets/%zz"), undefined);
  });

  it("give back any name that was escaped", () => {
    const name = fc.string({ minLength: 1, unit: "grapheme" }).filter((one) => one !== "public-key");
    fc.assert(
      fc.property(name, (environment) => {
        const path = `/repos/o/r/environments/${encodeURIComponent(environment)}`;
        assert.equal(matched("GET", path)?.[1]["environment_name"], environment);
      }),
    );
  });
});
