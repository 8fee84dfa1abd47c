/**
 * Exceptions of the vulnerability gate: a ledger that is written beside the service. Trivy's ignore file is rendered
 * from it and never written by hand, because Trivy takes a misspelt `expired_at` for none at all.
 */
import { PackageURL } from "packageurl-js";
import { stringify } from "yaml";
import type { Fault } from "../errors";

/** One vulnerability that may pass the gate for a while. */
export interface Exception {
  /** The vulnerability's identifier, e.g. `CVE-2024-45490`. */
  readonly id: string;
  /**
   * The package that it is excepted in, as a package URL: what the URL leaves out (version, qualifiers) may be
   * anything, e.g. `pkg:deb/debian/libexpat1`. `all`: whatever package it is found in.
   */
  readonly scope: string;
  /** Who answers for it: a login, a team, a mail address. */
  readonly owner: string;
  /** Why it may pass, for those who find it here. */
  readonly reason: string;
  /** Last day that it holds, `YYYY-MM-DD`, in UTC. */
  readonly until: string;
}

/** The package that a vulnerability was found in. */
export interface Found {
  readonly id: string;
  /** Package URL. Undefined: the scanner gives none, so only an exception for all packages covers it. */
  readonly purl: string | undefined;
}

const day = 86_400_000;

/** What is wrong with a ledger. */
export function exceptionFaults(where: string, exceptions: readonly Exception[]): Fault[] {
  return exceptions.flatMap((exception, index) => {
    const at = (field: string) => `${where}[${index}].${field}`;
    const twice = exceptions.findIndex(({ id, scope }) => id === exception.id && scope === exception.scope);
    return [
      ...(/^[A-Z][A-Za-z0-9]*(-[A-Za-z0-9]+)+$/.test(exception.id)
        ? []
        : [
            fault(
              at("id"),
              "must be a vulnerability's identifier",
              exception.id,
              "write it like CVE-2024-45490",
            ),
          ]),
      ...(exception.scope === "all" || parsePurl(exception.scope) !== undefined
        ? []
        : [
            fault(
              at("scope"),
              "must be `all` or a package URL",
              exception.scope,
              "write it like pkg:deb/debian/libexpat1; the gate's report names each package's URL",
            ),
          ]),
      ...(["owner", "reason"] as const)
        .filter((field) => exception[field].trim() === "")
        .map((field) => fault(at(field), "must not be empty", exception[field], "say who, and why")),
      ...(endOf(exception) === undefined
        ? [fault(at("until"), "must be a day of the calendar", exception.until, "write it like 2027-01-31")]
        : []),
      ...(twice === index
        ? []
        : [fault(where, "two exceptions for one vulnerability and scope", exception.id, "keep one of them")]),
    ];
  });
}

/** Whether an exception still holds. */
export function holds(exception: Exception, now: Date): boolean {
  const end = endOf(exception);
  return end !== undefined && now.getTime() < end;
}

/** Whether an exception is for this vulnerability, whatever its date: compared as Trivy does it. */
export function covers({ id, scope }: Exception, found: Found): boolean {
  if (id !== found.id) return false;
  if (scope === "all") return true;
  const wanted = parsePurl(scope);
  const target = found.purl === undefined ? undefined : parsePurl(found.purl);
  if (wanted === undefined || target === undefined) return false;
  return (
    wanted.type === target.type &&
    same(wanted.namespace, target.namespace) &&
    wanted.name === target.name &&
    agrees(wanted.version, target.version) &&
    agrees(wanted.subpath, target.subpath) &&
    Object.entries(wanted.qualifiers ?? {}).every(([key, value]) => target.qualifiers?.[key] === value)
  );
}

/**
 * The exceptions that hold, as Trivy's ignore file.
 * https://trivy.dev/docs/latest/configuration/filtering/#trivyignoreyaml
 */
export function renderIgnoreFile(exceptions: readonly Exception[], now: Date): string {
  return stringify({
    vulnerabilities: exceptions
      .filter((exception) => holds(exception, now))
      .map(({ id, scope, owner, reason, until }) => ({
        id,
        ...(scope === "all" ? {} : { purls: [scope] }),
        // Trivy ends it when the day begins.
        expired_at: new Date(Date.parse(until) + day).toISOString().slice(0, 10),
        statement: `${owner}: ${reason}`,
      })),
  });
}

/** What is to be said of an exception apart from what it lets through. */
export type ExceptionNotice =
  /** It ends within 14 days; `days` are left, 0 on its last one. */
  | { readonly kind: "ends-soon"; readonly exception: Exception; readonly days: number }
  /** It is over. */
  | { readonly kind: "ended"; readonly exception: Exception }
  /** It holds, and nothing that was scanned needs it. */
  | { readonly kind: "unused"; readonly exception: Exception };

const noticeDays = 14;

/** @param used the exceptions that let something through */
export function exceptionNotices(
  exceptions: readonly Exception[],
  used: readonly Exception[],
  now: Date,
): ExceptionNotice[] {
  return exceptions.flatMap((exception): ExceptionNotice[] => {
    if (!holds(exception, now)) return [{ kind: "ended", exception }];
    const days = Math.ceil(((endOf(exception) ?? 0) - now.getTime()) / day) - 1;
    return [
      ...(days <= noticeDays ? [{ kind: "ends-soon", exception, days } as const] : []),
      ...(used.includes(exception) ? [] : [{ kind: "unused", exception } as const]),
    ];
  });
}

/** The first instant that it doesn't hold any more, in milliseconds since 1970; undefined for no calendar day. */
function endOf({ until }: Exception): number | undefined {
  const start = /^\d{4}-\d{2}-\d{2}$/.test(until) ? Date.parse(until) : Number.NaN;
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== until) return undefined;
  return start + day;
}

function parsePurl(text: string): PackageURL | undefined {
  try {
    return PackageURL.fromString(text);
  } catch {
    return undefined;
  }
}

function same(wanted: string | null | undefined, got: string | null | undefined): boolean {
  return (wanted ?? "") === (got ?? "");
}

function agrees(wanted: string | null | undefined, got: string | null | undefined): boolean {
  return (wanted ?? "") === "" || same(wanted, got);
}

function fault(where: string, problem: string, got: string, fix: string): Fault {
  return { code: "invalid-exception", where, problem, got, fix };
}
