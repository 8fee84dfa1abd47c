/** The job that hands what the scans found to GitHub's code scanning, which shows and counts it by itself. */
import { both, isEqual, not, text } from "../expression";
import { job, resultOf, type Job } from "../model";
import { download, uploadSarif } from "./actions";
import { inMode, scans, type PlanJob } from "./plan-job";
import { defaultRunner } from "./runners";

/** Of a blocked image above all, so it runs also where a scan failed; no tag waits for it. */
export function codeScanningJob(plan: PlanJob, scanned: Job): Job {
  const runs = scans(plan);
  const { values } = runs;
  return job({
    id: "code-scanning",
    name: text`code scanning ${values.service} ${values.platform}`,
    purpose: "Hands each platform's report to GitHub's code scanning. It runs nothing of the source.",
    needs: [plan, scanned],
    when: both(inMode(plan, "publish"), not(isEqual(resultOf(scanned), "skipped"))),
    evenAfterFailure: true,
    matrix: runs,
    runsOn: defaultRunner,
    permissions: {
      actions: { access: "read", reason: "say which workflow reports it, where the repository is private" },
      "security-events": { access: "write", reason: "hand the report over" },
    },
    timeoutMinutes: 10,
    steps: [
      download({
        name: "Fetch the report",
        artifact: text`scan.${values.service}.${values.slug}`,
        folder: "reports",
      }),
      uploadSarif({
        name: "Hand it over",
        file: text`reports/${values.slug}.sarif`,
        category: text`${values.service}/${values.platform}`,
      }),
    ],
  });
}
