import assert from "node:assert/strict";
import { PlatformError } from "../errors";
import {
  ownerFault,
  parseOwnerLogin,
  parseRepositoryFullName,
  parseRepositoryName,
  repositoryFullNameFault,
  repositoryNameFault,
  repositoryParts,
  sameRepository,
} from ".";

describe("an owner's login", () => {
  it("is 1 to 39 letters, digits and single hyphens between them", () => {
    for (const login of ["albeorla", "a", "A-1-b", "7", "x".repeat(39)]) {
      assert.equal(parseOwnerLogin("owner", login), login);
    }
    for (const login of ["", "-a", "a-", "a--b", "a_b", "a.b", "a b", "ä", "a/b", "a\n", "x".repeat(40)]) {
      assert.equal(ownerFault("owner", login)?.code, "invalid-owner", login);
      assert.throws(() => parseOwnerLogin("owner", login), PlatformError);
    }
  });
});

describe("a repository's name", () => {
  it("is 1 to 100 letters, digits, dots, underscores and hyphens", () => {
    for (const name of ["ghcr-platform", ".github", "_", "a.b", "...", "x".repeat(100)]) {
      assert.equal(parseRepositoryName("name", name), name);
    }
    for (const name of ["", ".", "..", "a/b", "a b", "é", "a.git", "a.GIT", "a\n", "x".repeat(101)]) {
      assert.equal(repositoryNameFault("name", name)?.code, "invalid-repository-name", name);
      assert.throws(() => parseRepositoryName("name", name), PlatformError);
    }
  });

  it("follows its owner's login in the full name, which comes apart again", () => {
    const fullName = parseRepositoryFullName("GITHUB_REPOSITORY", "albeorla/ghcr-platform");
    assert.deepEqual(repositoryParts(fullName), { owner: "albeorla", name: "ghcr-platform" });
    for (const text of ["", "/", "a", "a/", "/b", "a/b/c", "a--b/c", "a/..", "https://github.com/a/b"]) {
      assert.equal(repositoryFullNameFault("repository", text)?.code, "invalid-repository-full-name", text);
      assert.throws(() => parseRepositoryFullName("repository", text), PlatformError);
    }
  });

  it("is the same whatever its letters' case", () => {
    assert.ok(sameRepository("albeorla/ghcr-platform", "Albeorla/GHCR-Platform"));
    assert.ok(!sameRepository("albeorla/ghcr-platform", "someone/ghcr-platform"));
  });
});
