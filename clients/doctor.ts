/**
 * What stands in the way of publishing, asked before anything is built or deleted: a row for each thing, with what
 * mends it. Nothing is changed. What GitHub doesn't show is unknown, never ok.
 */
import { PlatformError, type Fault } from "../core/errors";
import { momentText } from "../core/moment-text";
import { ask, tokenFaults, type TokenQuestion } from "./github";
import { readHour } from "./github-budget";
import { openPackages, type PackageState } from "./packages";
import { registryFaults } from "./preflight";
import { mayPush } from "./push-probe";
import { RegistryError } from "./registry-error";
import type { TransportOptions } from "./registry-transport";

export interface DoctorRow {
  /** What was looked at, e.g. `todost: visibility`. */
  readonly check: string;
  readonly state: "ok" | "fails" | "unknown";
  /** What it means, in one sentence without a full stop. */
  readonly finding: string;
  /** The page or command that mends it. */
  readonly mend?: string;
}

export interface DoctorQuestion extends TokenQuestion {
  readonly token: string;
  readonly registry: string;
  /** `up`: what `pulumi up` needs of the token; `publish`: what a workflow's own token needs. */
  readonly purpose: "up" | "publish";
  readonly packages: readonly { readonly name: string; readonly visibility?: string }[];
  /** Whether uploads are opened, and as whom; undefined: it is not tried. */
  readonly push: TransportOptions | undefined;
}

export async function doctorRows(question: DoctorQuestion): Promise<readonly DoctorRow[]> {
  const rows = await Promise.all([
    tokenRows(question),
    budgetRows(question),
    registryRows(question),
    planRows(question),
    ...question.packages.map((each) => packageRows(question, each)),
  ]);
  return rows.flat();
}

async function tokenRows(question: DoctorQuestion): Promise<DoctorRow[]> {
  const { purpose, packages } = question;
  const answer = await ask(question, "user");
  if ("fault" in answer) return [faultRow("token", answer.fault)];
  const scopes = answer.headers
    .get("x-oauth-scopes")
    ?.split(",")
    .map((scope) => scope.trim());
  // A workflow's token is an App's and no user's, so only a refusal of the token itself counts for it.
  const faults = purpose === "up" || answer.status === 401 ? await tokenFaults(question) : [];
  const taken: DoctorRow = { check: "token", state: "ok", finding: "GitHub takes it" };
  return [
    ...(faults.length === 0 ? [taken] : faults.map((fault) => faultRow("token", fault))),
    ...(answer.status === 401 || packages.length === 0 ? [] : [scopeRow(scopes)]),
  ];
}

/** Requests that the token may still make this hour; no row where GitHub doesn't say. */
async function budgetRows({ githubUrl, token }: DoctorQuestion): Promise<DoctorRow[]> {
  const hour = await readHour(githubUrl, token);
  if (hour === undefined) return [];
  const starts = momentText(hour.resetsAt, Date.now());
  const finding = `${hour.remaining} of ${hour.limit} are left until ${starts}`;
  const check = "requests this hour";
  if (hour.remaining > 0) return [{ check, state: "ok", finding }];
  return [{ check, state: "fails", finding, mend: `wait until ${starts}, or sign in with another token` }];
}

/** https://docs.github.com/packages/learn-github-packages/about-permissions-for-github-packages */
function scopeRow(scopes: readonly string[] | undefined): DoctorRow {
  const check = "token: packages";
  if (scopes === undefined) {
    const finding = "GitHub shows the rights of classic tokens only";
    return {
      check,
      state: "unknown",
      finding,
      mend: "a workflow's rights stand in its file, under permissions",
    };
  }
  const may = {
    read: scopes.some((scope) => scope === "read:packages" || scope === "write:packages"),
    push: scopes.includes("write:packages"),
    delete: scopes.includes("delete:packages"),
  };
  const named = Object.entries(may).map(([right, has]) => `${has ? "may" : "may not"} ${right}`);
  const finding = `it ${named.join(", ")}`;
  if (may.read) return { check, state: "ok", finding };
  return { check, state: "fails", finding, mend: "https://github.com/settings/tokens: add read:packages" };
}

async function registryRows({ registry }: DoctorQuestion): Promise<DoctorRow[]> {
  const faults = await registryFaults(registry);
  if (faults.length > 0) return faults.map((fault) => faultRow(`registry ${registry}`, fault));
  return [{ check: `registry ${registry}`, state: "ok", finding: "it answers" }];
}

interface Repository {
  readonly visibility?: string;
  readonly private?: boolean;
}

/** What the owner's plan gives the repository, as far as GitHub's answers tell. */
async function planRows(question: DoctorQuestion): Promise<DoctorRow[]> {
  const { owner, repository } = question;
  const home = `${owner}/${repository}`;
  const [found, rulesets, account] = await Promise.all(
    [`repos/${home}`, `repos/${home}/rulesets`, `users/${owner}`].map((path) => ask(question, path)),
  );
  if (found === undefined || "fault" in found || found.status !== 200) {
    const finding = `${home} is not there, or GitHub doesn't show it to this token`;
    return [
      { check: "repository", state: "unknown", finding, mend: "`pulumi up` creates it, if it is declared" },
    ];
  }
  const isPrivate = (found.body as Repository | undefined)?.private !== false;
  const plan = isPrivate ? await planName(question, account) : undefined;
  return [
    { check: "repository", state: "ok", finding: `${home} is ${isPrivate ? "private" : "public"}` },
    rulesetRow(rulesets),
    environmentRow(isPrivate, plan),
  ];
}

type Asked = Awaited<ReturnType<typeof ask>> | undefined;

function rulesetRow(answer: Asked): DoctorRow {
  const check = "rulesets";
  if (answer !== undefined && !("fault" in answer)) {
    if (answer.status === 200)
      return { check, state: "ok", finding: "the plan has them for this repository" };
    const { message = "" } = (answer.body ?? {}) as { message?: string };
    // "Upgrade to GitHub Pro or make this repository public to enable this feature."
    if (answer.status === 403 && /upgrade/i.test(message)) {
      return {
        check,
        state: "fails",
        finding: message.replace(/\.$/, ""),
        mend: "https://github.com/pricing",
      };
    }
  }
  return { check, state: "unknown", finding: "GitHub doesn't show them to this token" };
}

/** GitHub shows an organization's plan to its owners, a user's to that user. */
async function planName(question: DoctorQuestion, account: Asked): Promise<string | undefined> {
  const type =
    account === undefined || "fault" in account ? undefined : (account.body as { type?: string })?.type;
  const answer = await ask(question, type === "Organization" ? `orgs/${question.owner}` : "user");
  if ("fault" in answer || answer.status !== 200) return undefined;
  const { login, plan } = answer.body as { login?: string; plan?: { name?: string } };
  return login?.toLowerCase() === question.owner.toLowerCase() ? plan?.name : undefined;
}

/** https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments */
function environmentRow(isPrivate: boolean, plan: string | undefined): DoctorRow {
  const check = "environments";
  const upgrade = "https://github.com/pricing: private repositories need a paid plan, reviewers Enterprise";
  if (!isPrivate)
    return { check, state: "ok", finding: "public repositories have them with every protection" };
  switch (plan) {
    case undefined:
      return {
        check,
        state: "unknown",
        finding: "GitHub doesn't show the owner's plan to this token",
        mend: upgrade,
      };
    case "free":
      return {
        check,
        state: "fails",
        finding: "the plan free has none for private repositories",
        mend: upgrade,
      };
    case "enterprise":
      return { check, state: "ok", finding: "the plan has them with every protection" };
    default:
      return {
        check,
        state: "ok",
        finding: `the plan ${plan} has them, without required reviewers and wait timers`,
      };
  }
}

async function packageRows(
  question: DoctorQuestion,
  { name, visibility }: DoctorQuestion["packages"][number],
): Promise<DoctorRow[]> {
  const { owner, repository, githubUrl, token } = question;
  const state = await orError(openPackages({ githubUrl, token, owner, name }).state());
  const seen =
    state instanceof PlatformError
      ? [unseenRow(name, state)]
      : [linkRow(name, state, `${owner}/${repository}`), visibilityRow(name, state, visibility)];
  return [...seen, await pushRow(question, name, state)];
}

function unseenRow(name: string, { code, faults: [fault] }: PlatformError): DoctorRow {
  const finding = fault?.problem ?? code;
  if (code !== "no-such-package") return { check: name, state: "fails", finding, mend: fault?.fix ?? "" };
  return { check: name, state: "unknown", finding, mend: "its first push creates it" };
}

function linkRow(name: string, { repository, settingsUrl }: PackageState, wanted: string): DoctorRow {
  const check = `${name}: repository`;
  if (repository?.toLowerCase() === wanted.toLowerCase())
    return { check, state: "ok", finding: `it is linked to ${wanted}` };
  const now = repository ?? "no repository that this token sees";
  const finding = `it is linked to ${now}, so the workflows of ${wanted} may be denied`;
  return { check, state: "fails", finding, mend: settingsUrl };
}

function visibilityRow(name: string, { facts, settingsUrl }: PackageState, wanted?: string): DoctorRow {
  const check = `${name}: visibility`;
  const is = facts.visibility;
  if (is === null) return { check, state: "unknown", finding: "GitHub doesn't say", mend: settingsUrl };
  if (wanted === undefined || wanted === is) return { check, state: "ok", finding: `it is ${is}` };
  const finding = `it is ${is} and declared ${wanted}; GitHub's API can't change it`;
  return { check, state: "fails", finding, mend: settingsUrl };
}

async function pushRow(
  { registry, owner, repository, push }: DoctorQuestion,
  name: string,
  state: PackageState | PlatformError,
): Promise<DoctorRow> {
  const check = `${name}: push`;
  if (push === undefined) {
    const finding = "only a workflow of the repository can tell whether it may";
    return {
      check,
      state: "unknown",
      finding,
      mend: "run ghcr doctor in that workflow, or with --probe-push",
    };
  }
  const may = await orError(mayPush(registry, `${owner}/${name}`.toLowerCase(), push));
  if (may instanceof Error) return { check, state: "unknown", finding: may.message.split("\n")[0] ?? "" };
  if (may) return { check, state: "ok", finding: "the registry opens an upload" };
  const page =
    state instanceof PlatformError ? "the job's permissions need packages: write" : state.settingsUrl;
  const finding = `the registry denies it: the token of ${owner}/${repository} lacks write access to the package`;
  return { check, state: "fails", finding, mend: `${page} (Manage Actions access)` };
}

/** What the platform's clients say of an answer, as a value. */
async function orError<T>(asked: Promise<T>): Promise<T | PlatformError> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof PlatformError) return error;
    if (!(error instanceof RegistryError)) throw error;
    const fix = "run it again if that may pass";
    return new PlatformError({ code: "registry-refuses", where: "registry", problem: error.message, fix });
  }
}

function faultRow(check: string, { problem, fix }: Fault): DoctorRow {
  return { check, state: "fails", finding: problem, mend: fix };
}
