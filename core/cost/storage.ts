/**
 * What stored bytes cost by GitHub's rules for Packages: hourly usage, summed over the month.
 *
 * GitHub Docs, "GitHub Packages billing", as of 2026-11: storage of container images is free for now, with at least
 * a month's notice before that changes; public packages are free. The rules are those of all other packages.
 */

/** Decimal, as GitHub bills: 3 GB for 10 days are 720 GB-hours. */
const bytesOfGigabyte = 1_000_000_000;

/** Storage that a plan includes, in GB; shared with artifacts of Actions. Same source. */
export const includedStorage = { free: 0.5, pro: 2, team: 2, enterprise: 50 } as const;

export type GitHubPlan = keyof typeof includedStorage;

/**
 * GB-months of one calendar month, rounded to the MB as GitHub does.
 * @param byteHours bytes times the hours for which they were stored
 * @param month `YYYY-MM`
 */
export function gigabyteMonths(byteHours: number, month: string): number {
  return Math.round((byteHours / bytesOfGigabyte / hoursOf(month)) * 1_000) / 1_000;
}

/** Hours of a calendar month. */
export function hoursOf(month: string): number {
  const [year, number] = month.split("-").map(Number) as [number, number];
  return (Date.UTC(year, number, 1) - Date.UTC(year, number - 1, 1)) / 3_600_000;
}

export interface Tariff {
  /** US dollars for each GB-month beyond what is included. GitHub's price list is its calculator. */
  readonly pricePerGigabyteMonth: number;
  /** GB-months that cost nothing, at least 0. */
  readonly included: number;
}

/** What so many GB-months would cost if container images were billed, in US dollars. */
export function storageCost(gigabyteMonths: number, { pricePerGigabyteMonth, included }: Tariff): number {
  return Math.max(0, gigabyteMonths - included) * pricePerGigabyteMonth;
}
