/** Environments that a repository has, as a declaration says them, or why it doesn't. */
import { retentionEnvironment, type EnvironmentDeclaration, type ReviewersDeclaration } from "../fleet";
import { environmentTagFault } from "../tags";
import type { EnvironmentFacts } from "./facts";
import { filled, present, unless, type Read } from "./notes";

/** Environments that GitHub makes by itself: for Pages, for its coding agent. */
const githubsOwn = ["github-pages", "copilot"];

/** @param hasValue whether the stack has a value for the secret of a name */
export function readEnvironment(
  facts: EnvironmentFacts,
  hasValue: (secret: string) => boolean,
): Read<EnvironmentDeclaration> {
  const { name } = facts;
  if (githubsOwn.includes(name.toLowerCase())) return { why: "GitHub made it itself" };
  if (name.toLowerCase() === retentionEnvironment) {
    return {
      why: "its name is the one where retention waits for its approvers, and it is protected otherwise",
    };
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    return {
      why: "its name isn't letters, digits, . _ - alone, and an environment's name is a tag of the image",
    };
  }
  const fault = environmentTagFault("", name);
  if (fault !== undefined) return { why: `its name ${fault.problem}` };
  const [rule] = facts.otherRules;
  if (rule !== undefined) return { why: `its protection rule ${rule} can't be declared` };

  const { users, teams } = facts.reviewers;
  const reviewed = users.length + teams.length > 0;
  return {
    says: present<EnvironmentDeclaration>({
      reviewers: reviewersOf(facts),
      waitMinutes: unless(0, facts.waitMinutes),
      selfReview: reviewed && facts.preventSelfReview === false ? true : undefined,
      refs: unless("protected", refsOf(facts)),
      adminsBypass: unless(false, facts.adminsBypass),
      secrets: filled(facts.secrets.filter(hasValue)),
      variables: filled(facts.variables),
    }),
  };
}

/** Whose approval lets a retention plan through; undefined: there is no such environment, or not as it is declared. */
export function retentionApprovers(
  environments: readonly EnvironmentFacts[],
): ReviewersDeclaration | undefined {
  const facts = environments.find(({ name }) => name === retentionEnvironment);
  if (facts === undefined || facts.refs !== "protected" || facts.adminsBypass || facts.waitMinutes > 0)
    return undefined;
  if (facts.preventSelfReview !== false || facts.otherRules.length > 0) return undefined;
  return facts.secrets.length + Object.keys(facts.variables).length > 0 ? undefined : reviewersOf(facts);
}

function reviewersOf({ reviewers: { users, teams } }: EnvironmentFacts): ReviewersDeclaration | undefined {
  return filled(present<ReviewersDeclaration>({ users: filled(users), teams: filled(teams) }));
}

function refsOf({ refs }: EnvironmentFacts): NonNullable<EnvironmentDeclaration["refs"]> {
  if (typeof refs === "string") return refs;
  const patterns = (wanted: "branch" | "tag") =>
    filled(refs.filter(({ kind }) => kind === wanted).map(({ pattern }) => pattern));
  return present({ branches: patterns("branch"), tags: patterns("tag") });
}
