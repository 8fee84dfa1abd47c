import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { appFaults, rights, rightText, type AppFacts, type Held } from ".";

const least: Held = Object.fromEntries(rights.map(({ permission, level }) => [permission, level]));

function facts(has: Held, asks: Held = has, more: Partial<AppFacts["installation"]> = {}): AppFacts {
  return {
    ...{ slug: "platform", asks, appPage: "https://github.test/app" },
    installation: {
      ...{ has, page: "https://github.test/installation", suspended: false, reachesPlatform: true },
      ...more,
    },
  };
}

const problems = (given: AppFacts) => appFaults(given).map(({ problem }) => problem);

describe("the rights of a GitHub App", () => {
  it("are right where they are the least that an update needs", () => {
    assert.deepEqual(appFaults(facts(least)), []);
    const { pull_requests: _, ...without } = least;
    assert.deepEqual(appFaults(facts(without)), []);
  });

  it("are told one by one where they lack, each with the page that mends it", () => {
    const { workflows: _, ...rest } = least;
    const has = { ...rest, contents: "read" };
    assert.deepEqual(
      appFaults(facts(has, { ...has, contents: "write" })).map(({ problem, fix }) => [problem, fix]),
      [
        [
          'lacks the repository permission "Contents: write"',
          "the app asks for it: accept that at https://github.test/installation",
        ],
        [
          'lacks the repository permission "Workflows: write"',
          "let the app ask for it at https://github.test/app, then accept that at https://github.test/installation",
        ],
      ],
    );
  });

  it("are told where they are more than that, by the name and level that GitHub gives", () => {
    assert.deepEqual(problems(facts({ ...least, actions: "write", members: "read" })), [
      "has more than an update needs: actions: write",
      "has more than an update needs: members: read",
    ]);
  });

  it("are worth nothing where the installation is suspended, or doesn't reach the platform's repository", () => {
    assert.deepEqual(problems(facts(least, least, { suspended: true, reachesPlatform: false })), [
      "its installation is suspended",
      "its installation doesn't reach the platform's repository",
    ]);
    assert.deepEqual(problems(facts(least, least, { reachesPlatform: undefined })), []);
  });

  it("are judged so that giving what lacks and taking what is too much leaves nothing to say", () => {
    const level = fc.constantFrom("read", "write", "admin");
    const names = fc.constantFrom(...rights.map(({ permission }) => permission), "members", "packages");
    fc.assert(
      fc.property(fc.dictionary(names, level), (has) => {
        const codes = appFaults(facts(has)).map(({ code }) => code);
        const lacks = rights.filter(
          ({ permission, level: needed, optional }) =>
            optional !== true &&
            !(has[permission] === needed || ["write", "admin"].includes(has[permission] ?? "")),
        );
        assert.equal(codes.filter((code) => code === "app-lacks-right").length, lacks.length);
        const more = Object.entries(has).filter(([name, held]) => {
          const needed = least[name];
          return needed === undefined || held === "admin" || (needed === "read" && held === "write");
        });
        assert.equal(codes.filter((code) => code === "app-has-more").length, more.length);
      }),
    );
  });

  it("stand in the documentation, all of them", () => {
    const page = readFileSync(join(__dirname, "../../docs/production.md"), "utf8");
    for (const right of rights.filter(({ permission }) => permission !== "metadata"))
      assert.ok(page.includes(rightText(right)), rightText(right));
  });
});
