/** The jobs of `container-retention.yml` that delete. */
import { github, isEqual, text, type Expression } from "../expression";
import { job, matrixFromJson, type EnvironmentReference, type Job, type Matrix } from "../model";
import { run } from "../step";
import { download, registryCredentials, upload } from "./actions";
import { commandRights, ghcrCommand, type PlatformSource } from "./ghcr-command";
import { defaultRunner } from "./runners";

export type SortJob = Job<"apply" | "ready" | "ask" | "asking">;

/** A run for each package, from a JSON list of `{ service }`. */
export function readyMatrix(packages: Expression): Matrix<"service"> {
  return matrixFromJson<"service">(packages, ["service"]);
}

export interface ApplyJobSpec {
  readonly id: "apply" | "apply-approved";
  readonly purpose: string;
  readonly registry: string;
  readonly platform: PlatformSource;
  readonly sorted: SortJob;
  readonly runs: Matrix<"service">;
  /** `true` where there is anything to apply. */
  readonly when: Expression;
  /** Its reviewers let through what the brake stops. */
  readonly environment?: EnvironmentReference;
}

/** Carries out the plans that were uploaded: the very files, made again and compared before the first deletion. */
export function applyJob(spec: ApplyJobSpec): Job {
  const { id, purpose, registry, platform, sorted, runs, when, environment } = spec;
  const { service } = runs.values;
  const approved = environment === undefined ? "" : " --release-brake";
  return job({
    id,
    name: text`${environment === undefined ? "apply" : "apply approved"} ${service}`,
    purpose,
    needs: [sorted],
    when: isEqual(when, "true"),
    matrix: runs,
    runsOn: defaultRunner,
    permissions: {
      ...commandRights(platform),
      packages: {
        access: "write",
        reason: "delete versions; GitHub asks for the Admin role on the package too",
      },
    },
    ...(environment === undefined ? {} : { environment }),
    // GITHUB_TOKEN has 1,000 requests an hour for the whole repository; what isn't done then is planned anew next time.
    timeoutMinutes: 350,
    steps: [
      ...ghcrCommand(platform),
      download({ name: "Fetch the plan", artifact: text`retention.${service}`, folder: "retention" }),
      run({
        name: "Apply",
        env: {
          ...registryCredentials,
          GHCR_OWNER_TYPE: github("event.repository.owner.type"),
          REGISTRY: registry,
          SERVICE: service,
        },
        script: [
          "{",
          '  echo "### $SERVICE"',
          "  echo",
          "  echo '```'",
          "  status=0",
          '  ghcr retention apply --registry "$REGISTRY" --plan "retention/$SERVICE.plan.json" \\',
          '    --inventory "retention/$SERVICE.inventory.json" --policy "retention/$SERVICE.policy.json" \\',
          `    --journal "retention/$SERVICE.journal.jsonl"${approved} || status=$?`,
          "  echo '```'",
          '} > "$RUNNER_TEMP/applied"',
          'tee --append "$GITHUB_STEP_SUMMARY" < "$RUNNER_TEMP/applied"',
          'exit "$status"',
        ].join("\n"),
      }),
      upload({
        name: "Keep the journal, to restore from",
        artifact: text`journal.${service}.${github("run_attempt")}`,
        path: "retention/*.journal.jsonl",
        evenAfterFailure: true,
        // GitHub restores for 30 days.
        days: 31,
      }),
    ],
  });
}
