/** The law of adopting: what a declaration makes of a repository reads back as that declaration, or a shorter one. */
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { secretValueKeys, type FleetDeclaration, type ServiceDeclaration } from "../fleet";
import { declarationFile, declarationOf } from "./index";
import { fleetWith } from "./declare";
import { registry, repositoryAfter } from "./testing/repository";

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/);
const upper = fc.stringMatching(/^[A-Z][A-Z_]{2,6}$/).filter((name) => !name.startsWith("GITHUB"));
const line = fc
  .string({ minLength: 1, maxLength: 30 })
  .filter((text) => text.trim() === text && !/[\r\n]/.test(text));
const ids = fc.uniqueArray(fc.integer({ min: 1, max: 1e6 }), { maxLength: 3 });
const some = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const variables = fc.dictionary(upper, line, { maxKeys: 2, noNullPrototype: true });
const reviewers = fc.record({ users: ids, teams: ids }, { requiredKeys: [] });
const patterns = fc.uniqueArray(fc.constantFrom("main", "release/*", "v*", "v1.*"), { maxLength: 2 });

/** Without reviewers nobody reviews, so GitHub has nothing to say of who may. */
const environment = fc
  .record(
    {
      reviewers,
      waitMinutes: fc.integer({ min: 0, max: 60 }),
      selfReview: fc.boolean(),
      refs: fc.oneof(
        fc.constantFrom("protected" as const, "all" as const),
        fc.record({ branches: patterns, tags: patterns }, { requiredKeys: [] }),
      ),
      adminsBypass: fc.boolean(),
      secrets: fc.uniqueArray(upper, { maxLength: 2 }),
      variables,
    },
    { requiredKeys: [] },
  )
  .map(({ selfReview, ...rest }) => {
    const { users = [], teams = [] } = rest.reviewers ?? {};
    return users.length + teams.length === 0 || selfReview === undefined ? rest : { ...rest, selfReview };
  });
const bypass = fc.uniqueArray(
  fc.record({
    type: fc.constantFrom("Integration" as const, "Team" as const),
    id: fc.integer({ min: 1, max: 99 }),
  }),
  { maxLength: 2, selector: JSON.stringify },
);
const rules = fc.record(
  {
    requiredReviews: fc.integer({ min: 0, max: 3 }),
    codeOwners: fc.boolean(),
    upToDate: fc.boolean(),
    bypass,
  },
  { requiredKeys: [] },
);
const ruleset = fc.record(
  {
    name: word,
    target: fc.constantFrom("branch" as const, "tag" as const),
    enforcement: fc.constantFrom("active" as const, "disabled" as const, "evaluate" as const),
    include: fc.uniqueArray(fc.constantFrom("~ALL", "~DEFAULT_BRANCH", "refs/heads/x"), { minLength: 1 }),
    exclude: fc.uniqueArray(fc.constantFrom("refs/heads/y", "refs/heads/z")),
    bypass,
    forbids: fc.uniqueArray(fc.constantFrom("creation" as const, "deletion" as const, "force-push" as const)),
    pullRequest: fc.record(
      {
        requiredReviews: fc.integer({ min: 0, max: 2 }),
        codeOwners: fc.boolean(),
        conversations: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    checks: fc.record(
      {
        upToDate: fc.boolean(),
        required: fc.uniqueArray(
          fc.record({ name: word, app: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: ["name"] }),
          { minLength: 1, maxLength: 2, selector: ({ name }) => name },
        ),
      },
      { requiredKeys: ["required"] },
    ),
  },
  { requiredKeys: ["name"] },
);
const protection = fc.record(
  {
    pattern: word,
    reviews: fc.record(
      { required: fc.integer({ min: 0, max: 3 }), codeOwners: fc.boolean(), dismissStale: fc.boolean() },
      { requiredKeys: [] },
    ),
    checks: fc.record(
      { upToDate: fc.boolean(), required: fc.uniqueArray(word, { maxLength: 2 }) },
      { requiredKeys: ["required"] },
    ),
    admins: fc.boolean(),
    signatures: fc.boolean(),
    deletions: fc.boolean(),
  },
  { requiredKeys: ["pattern"] },
);
const ownRules = fc.record(
  {
    rulesets: fc.uniqueArray(ruleset, { maxLength: 2, selector: ({ name }) => name }),
    protections: fc.uniqueArray(protection, { maxLength: 2, selector: ({ pattern }) => pattern }),
  },
  { requiredKeys: [] },
);
const repository = fc.record(
  {
    name: fc.constantFrom("pager", "Pager.js"),
    existing: fc.constant(true),
    description: line,
    visibility: fc.constantFrom("public" as const, "private" as const),
    topics: fc.uniqueArray(word, { maxLength: 2 }),
    homepage: fc.constantFrom("https://example.org", "https://example.org/x?y=1"),
    defaultBranch: fc.constantFrom("main", "trunk"),
    issues: fc.boolean(),
    mergeCommits: fc.boolean(),
    deleteMergedBranches: fc.boolean(),
    actions: fc.oneof(
      fc.constant("kept" as const),
      fc.record(
        { pinned: fc.boolean(), token: fc.constantFrom("read" as const, "write" as const) },
        { requiredKeys: [] },
      ),
    ),
    workflows: fc.constantFrom("rendered" as const, "kept" as const),
    baseImageUpdates: fc.record(
      {
        by: fc.constantFrom("dependabot" as const, "renovate" as const, "none" as const),
        cooldownDays: fc.integer({ min: 0, max: 90 }),
      },
      { requiredKeys: [] },
    ),
    codeScanning: fc.boolean(),
    retentionApprovers: reviewers,
  },
  { requiredKeys: ["name", "existing"] },
);
const declarations = fc
  .record({
    repository,
    rules: fc.oneof(
      fc.constant({}),
      rules.map((each) => ({ rules: each })),
      ownRules.map((each) => ({ ownRules: each })),
    ),
    rest: fc.record(
      {
        visibility: fc.constantFrom("public" as const, "private" as const),
        dockerfile: fc.constantFrom("Dockerfile", "docker/Dockerfile"),
        secrets: fc.uniqueArray(upper, { maxLength: 2 }),
        variables,
        environments: fc.dictionary(fc.constantFrom("staging", "production", "eu-west"), environment, {
          maxKeys: 3,
          noNullPrototype: true,
        }),
      },
      { requiredKeys: [] },
    ),
    group: some(word),
  })
  .map(({ repository: own, rules: its, rest, group }): ServiceDeclaration => {
    // Without a check nothing has to be up to date, and GitHub's ruleset has no place for it.
    const { upToDate: _, ...unchecked } = ("rules" in its ? its.rules : {}) as { upToDate?: boolean };
    const said = own.workflows === "kept" && "rules" in its ? { rules: unchecked } : its;
    return {
      ...{ name: "pager", source: { repository: { ...own, ...said } }, ...rest },
      ...(group === undefined ? {} : { group }),
    };
  });
const fleets = fc
  .record({ defaults: fc.record({ rules }, { requiredKeys: [] }) })
  .map(({ defaults }): FleetDeclaration => ({ platform: { name: "platform" }, services: [], defaults }));

function readBack(fleet: FleetDeclaration, declared: ServiceDeclaration) {
  const [service] = fleetWith(fleet, declared).services;
  return declarationOf({
    ...{ facts: repositoryAfter(fleet, declared), fleet, registry },
    secretValues: () => (service === undefined ? [] : secretValueKeys(service)),
    ...(declared.group === undefined ? {} : { group: declared.group }),
  });
}

const size = (value: unknown) => JSON.stringify(value).length;

describe("reading a repository back into a declaration", () => {
  it("gives one that declares the very same, and none that is longer", () => {
    fc.assert(
      fc.property(fleets, declarations, (fleet, declared) => {
        const { declaration } = readBack(fleet, declared);
        const [was, is] = [declared, declaration].map((each) => {
          const { services, ownRepositories } = fleetWith(fleet, each);
          return JSON.parse(JSON.stringify({ services, repositories: [...ownRepositories] })) as unknown;
        });
        assert.deepEqual(is, was);
        assert.ok(size(declaration) <= size(declared), `${size(declaration)} > ${size(declared)}`);
      }),
    );
  });

  it("changes nothing more when it is done again", () => {
    fc.assert(
      fc.property(fleets, declarations, (fleet, declared) => {
        const { declaration } = readBack(fleet, declared);
        assert.deepEqual(readBack(fleet, declaration).declaration, declaration);
      }),
    );
  });

  it("gives a file that says the declaration and nothing else", () => {
    fc.assert(
      fc.property(fleets, declarations, (fleet, declared) => {
        const { declaration } = readBack(fleet, declared);
        const file = declarationFile(declaration)
          .replace(/^import .*\n/, "")
          .replace("export default", "");
        const said: unknown = runInNewContext(file, {
          defineService: (value: unknown) => JSON.stringify(value),
        });
        assert.deepEqual(JSON.parse(String(said)), JSON.parse(JSON.stringify(declaration)));
      }),
    );
  });
});
