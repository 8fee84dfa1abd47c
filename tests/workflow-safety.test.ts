import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { parse } from "yaml";
import type { PromotionRules } from "../core/promotion";
import { parsePolicy } from "../core/retention";
import { workflowSigner } from "../core/evidence";
import { requiredChecks } from "../core/workflow";
import { renderedFiles, variants } from "./workflow-variants";

interface RenderedJob {
  readonly name: string;
  readonly if?: string;
  readonly needs?: readonly string[];
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly RenderedStep[];
}

interface RenderedStep {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Rendered {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, RenderedJob>>;
}

const rendered = [...renderedFiles()].map(
  ([path, content]) => [path, parse(content) as Rendered, content] as const,
);
const publishing = rendered.filter(([path]) => path.endsWith("container-publish.yml"));
const accepted =
  "${{ github.event.pull_request.base.sha || github.event.merge_group.base_sha || github.sha }}";

describe("a rendered workflow", () => {
  it("is started by no event that runs a stranger's code with this repository's rights", () => {
    const safe = ["push", "release", "pull_request", "merge_group", "workflow_dispatch", "schedule"];
    for (const [path, { on }] of rendered) {
      assert.deepEqual(
        Object.keys(on).filter((event) => !safe.includes(event)),
        [],
        path,
      );
    }
  });

  it("asks for no right at the top and for each job's own in the job", () => {
    for (const [path, { permissions, jobs }] of rendered) {
      assert.deepEqual(permissions, {}, path);
      for (const [id, job] of Object.entries(jobs)) assert.ok(job.permissions, `${path}: ${id}`);
    }
  });

  it("says of every right what it is for", () => {
    for (const [path, , content] of rendered) {
      const rights = content.split("\n").filter((line) => /^ {6}[a-z-]+: (read|write)\b/.test(line));
      assert.ok(rights.length > 0, path);
      for (const right of rights) assert.match(right, /: (read|write) # \S/, path);
    }
  });

  it("pins every action by its commit, with its release beside it", () => {
    for (const [path, , content] of rendered) {
      const lines = content.split("\n").filter((line) => line.includes("uses:"));
      assert.ok(lines.length > 0, path);
      for (const line of lines) {
        assert.match(
          line,
          /uses: [\w-]+\/[\w-]+(\/setup|\/upload-sarif)?@[0-9a-f]{40} # (platform-)?v\d+\.\d+\.\d+$/,
          path,
        );
      }
    }
  });

  it("names secrets in no workflow that a pull request starts, and else in jobs of an environment that write nothing", () => {
    for (const [path, { on, jobs }, content] of rendered) {
      if ("pull_request" in on || "merge_group" in on) assert.doesNotMatch(content, /secrets\./, path);
      for (const [id, job] of Object.entries(jobs)) {
        if (!JSON.stringify(job).includes("secrets.")) continue;
        assert.ok(job.environment?.startsWith("infrastructure"), `${path}: ${id}`);
        assert.ok(!Object.values(job.permissions ?? {}).includes("write"), `${path}: ${id}`);
      }
    }
  });

  it("runs a pull request's code in no job that may write, but for the one that builds", () => {
    for (const [path, { on, jobs }] of rendered) {
      if (!("pull_request" in on)) continue;
      for (const [id, job] of Object.entries(jobs)) {
        if (id === "build" || !Object.values(job.permissions ?? {}).includes("write")) continue;
        const proposed = job.steps.filter(
          (step) => step.uses?.startsWith("actions/checkout@") && step.with?.["ref"] === undefined,
        );
        assert.deepEqual(proposed, [], `${path}: ${id}`);
      }
    }
  });

  it("leaves no token on disk after a checkout, and puts no expression into a script", () => {
    for (const [path, { jobs }] of rendered) {
      for (const step of Object.values(jobs).flatMap((job) => job.steps)) {
        assert.doesNotMatch(step.run ?? "", /\$\{\{/, path);
        if (step.uses?.startsWith("actions/checkout@")) {
          assert.equal(step.with?.["persist-credentials"], false, path);
        }
      }
    }
  });

  it("has one job that always runs, named as the check that branch rules require, which needs all others", () => {
    for (const { name, workflows } of variants) {
      const required = requiredChecks(workflows).map((check) => check.name);
      const gates = rendered
        .filter(([path]) => path.startsWith(`${name}/`))
        .flatMap(([, { jobs }]) =>
          Object.entries(jobs)
            .filter(([, job]) => job.if === "always()")
            .map(([id, job]) => ({ id, job, others: Object.keys(jobs).filter((other) => other !== id) })),
        );
      assert.deepEqual(gates.map(({ job }) => job.name).sort(), required, name);
      for (const { job, others } of gates) assert.deepEqual([...(job.needs ?? [])].sort(), others.sort());
    }
  });
});

describe("container-publish.yml", () => {
  it("tags nothing before every platform was scanned and its container tried", () => {
    for (const [path, { jobs }] of publishing) {
      const before = (id: string): string[] =>
        (jobs[id]?.needs ?? []).flatMap((needed) => [needed, ...before(needed)]);
      assert.deepEqual(
        ["build", "index", "scan", "test"].filter((id) => !before("tag").includes(id)),
        [],
        path,
      );
      const tagging = Object.entries(jobs).filter(([, job]) =>
        job.steps.some(({ run }) => run?.includes("ghcr image tag")),
      );
      assert.deepEqual(
        tagging.map(([id]) => id),
        ["tag"],
        path,
      );
    }
  });

  it("lets a scan write nothing, and a fork's or the queue's build nothing but read the source", () => {
    for (const [path, { jobs }] of publishing) {
      const { contents: _, ...rights } = jobs["scan"]?.permissions ?? {};
      assert.deepEqual(rights, { packages: "read" }, path);
      assert.ok(!Object.values(jobs["test"]?.permissions ?? {}).includes("write"), path);
      assert.deepEqual(jobs["test"]?.needs, ["plan", "index", "scan"], path);
      assert.deepEqual(jobs["verify"]?.permissions, { contents: "read" }, path);
      assert.deepEqual(jobs["gate"]?.permissions, {}, path);
    }
  });

  it("comments in a job that can do nothing else, of the repository's own pull requests, where there are exceptions", () => {
    for (const [path, { jobs }] of publishing) {
      const job = jobs["exceptions"];
      assert.equal(job !== undefined, path.startsWith("exceptions/"), path);
      if (job === undefined) continue;
      assert.deepEqual(job.permissions, { "pull-requests": "write" });
      assert.match(job.if ?? "", /== 'pull_request' && .*head\.repo\.full_name == github\.repository$/);
      assert.deepEqual(
        job.steps.flatMap(({ uses = "" }) => uses.split("@")[0] ?? []).filter((name) => name !== ""),
        ["albeorla/ghcr-platform/setup"],
      );
    }
  });

  it("hands what scans find to code scanning in a job that can do nothing else, blocked or not, only where it is asked for", () => {
    for (const [path, { jobs }] of publishing) {
      const job = jobs["code-scanning"];
      assert.equal(job !== undefined, path.startsWith("code-scanning/"), path);
      const writers = Object.entries(jobs).filter(
        ([, { permissions }]) => permissions?.["security-events"] !== undefined,
      );
      assert.deepEqual(
        writers.map(([id]) => id),
        job === undefined ? [] : ["code-scanning"],
      );
      if (job === undefined) continue;
      assert.deepEqual(job.permissions, { actions: "read", "security-events": "write" });
      assert.deepEqual(job.needs, ["plan", "scan"]);
      assert.equal(
        job.if,
        "(needs.plan.outputs.mode == 'publish' && !(needs.scan.result == 'skipped')) && !cancelled()",
      );
      assert.deepEqual(
        job.steps.map(({ uses = "" }) => uses.split("@")[0]),
        ["actions/download-artifact", "github/codeql-action/upload-sarif"],
      );
      assert.ok(!jobs["tag"]?.needs?.includes("code-scanning"), "a tag waits for no report");
    }
  });

  it("runs only accepted code in jobs that may write and are no build", () => {
    for (const [path, { jobs }] of publishing) {
      for (const [id, job] of Object.entries(jobs)) {
        if (id === "build" || !Object.values(job.permissions ?? {}).includes("write")) continue;
        for (const step of job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))) {
          // Another repository's pull requests can't change what is on the platform's default branch.
          const elsewhere = path.startsWith("own-repository") && step.with?.["path"] === "platform";
          assert.equal(step.with?.["ref"], elsewhere ? "main" : accepted, `${path}: ${id}`);
        }
      }
    }
  });

  it("takes the command from the pinned release, and from an accepted checkout where there is none yet", () => {
    const release = /\/setup@0123456789abcdef0123456789abcdef01234567 # platform-v1\.4\.0$/m;
    for (const [path, { jobs }, content] of publishing) {
      const released = [
        "two-services/",
        "promoted-services/",
        "automated/",
        "own-repository/",
        "approved-retention/",
        "exceptions/",
        "code-scanning/",
      ].some((name) => path.startsWith(name));
      assert.equal(release.test(content), released, path);
      assert.equal(content.includes("npm ci"), !released, path);
      const command = released ? {} : { contents: "read" };
      assert.deepEqual(jobs["index"]?.permissions, { packages: "write", ...command }, path);
      assert.deepEqual(jobs["scan"]?.permissions, { packages: "read", ...command }, path);
    }
  });

  it("pushes by digest only: no build gives a tag", () => {
    for (const [path, { jobs }] of publishing) {
      const builds = Object.values(jobs)
        .flatMap((job) => job.steps)
        .filter(({ uses }) => uses?.startsWith("docker/build-push-action@"));
      assert.equal(builds.length, 2, path);
      for (const build of builds) assert.equal(build.with?.["tags"] ?? build.with?.["push"], undefined, path);
      assert.match(String(builds[0]?.with?.["outputs"]), /push-by-digest=true,name-canonical=true,push=true/);
      assert.doesNotMatch(String(builds[1]?.with?.["outputs"]), /push/);
    }
  });

  it("names the image in lower case, whatever the owner's login looks like", () => {
    const [, user] = publishing.find(([path]) => path.startsWith("user-account/")) ?? [];
    const services = user?.jobs["plan"]?.steps.find(({ env }) => env?.["SERVICES"] !== undefined);
    assert.match(String(services?.env?.["SERVICES"]), /"image":"ghcr\.io\/octo-cat\/hello-python"/);
  });
});

describe("what is signed", () => {
  it("is signed by the tag job alone, which has the identity for it, and only where a service is signed", () => {
    for (const [path, { jobs }, content] of publishing) {
      const signs = content.includes('\\"signing\\":\\"keyless\\"');
      const able = Object.entries(jobs).filter(
        ([, { permissions }]) => permissions?.["id-token"] !== undefined,
      );
      assert.deepEqual(
        able.map(([id]) => id),
        signs ? ["tag"] : [],
        path,
      );
    }
    assert.ok(publishing.some(([, , content]) => content.includes("id-token: write")));
  });

  it("is promoted by whom it trusts: the repository's own workflow, not as a pull request has it", () => {
    const promote = rendered.find(([path]) => path === "promoted-services/promote.yml");
    const jobs = Object.entries(promote?.[1].jobs ?? {});
    const trusting = jobs.filter(([, { steps }]) => steps.some(({ env }) => env?.["SIGNER"] !== undefined));
    assert.deepEqual(
      trusting.map(([id]) => id),
      ["promote-hello-python-production", "release-hello-python-production"],
    );
    for (const [, { steps }] of trusting) {
      const [{ env, run } = assert.fail()] = steps.filter(({ name }) => name === "Promote");
      const { identity, issuer } = workflowSigner({
        ...{ owner: "albeorla", name: "ghcr-platform", defaultBranch: "main" },
      });
      assert.deepEqual([env?.["SIGNER"], env?.["ISSUER"]], [identity, issuer]);
      assert.match(run ?? "", /--certificate-identity "\$SIGNER" --certificate-issuer "\$ISSUER"/);
    }
  });
});

describe("container-retention.yml", () => {
  const retaining = rendered.filter(([path]) => path.endsWith("container-retention.yml"));
  const steps = ({ jobs }: Rendered) =>
    Object.entries(jobs).flatMap(([id, job]) => job.steps.map((step) => ({ id, job, run: step.run ?? "" })));

  it("is in every repository that publishes, starts by schedule or by hand, and never twice at once", () => {
    assert.equal(retaining.length, publishing.length);
    for (const [path, { on }, content] of retaining) {
      assert.deepEqual(Object.keys(on).sort(), ["schedule", "workflow_dispatch"], path);
      assert.match(
        content,
        /\nconcurrency:\n {2}group: container-retention\n {2}cancel-in-progress: false\n/,
        path,
      );
    }
  });

  it("starts at an odd minute that is each repository's own, twice a week", () => {
    const crons = retaining.map(([, { on }]) => (on["schedule"] as { cron: string }[])[0]?.cron ?? "");
    for (const cron of crons) {
      const [, minute, hour, first, second] = /^(\d+) (\d+) \* \* (\d),(\d)$/.exec(cron)?.map(Number) ?? [];
      assert.equal((minute ?? 0) % 2, 1, cron);
      assert.ok((minute ?? 60) < 60 && (hour ?? 24) < 24, cron);
      assert.equal((second ?? 0) - (first ?? 0), 3, cron);
    }
    // Three repositories: the platform's of two owners, and one of a service.
    assert.equal(new Set(crons).size, 3);
  });

  it("may delete only where it carries out a plan, and releases the brake only in the approvers' environment", () => {
    for (const [path, workflow] of retaining) {
      for (const { id, job, run } of steps(workflow)) {
        const deletes = run.includes("ghcr retention apply");
        const { contents = "read", ...rights } = job.permissions ?? {};
        if (deletes) assert.deepEqual([contents, rights], ["read", { packages: "write" }], `${path}: ${id}`);
        const writes = Object.values(job.permissions ?? {}).includes("write");
        assert.equal(writes, id.startsWith("apply"), `${path}: ${id}`);
        const environment = (job as { environment?: string }).environment;
        assert.equal(
          environment,
          id === "apply-approved" ? "container-retention" : undefined,
          `${path}: ${id}`,
        );
        if (deletes) assert.equal(run.includes("--release-brake"), id === "apply-approved", `${path}: ${id}`);
      }
    }
  });

  it("has the approvers' job only where approvers are declared", () => {
    const approving = retaining.filter(([, { jobs }]) => "apply-approved" in jobs).map(([path]) => path);
    assert.deepEqual(approving, ["approved-retention/container-retention.yml"]);
  });

  it("carries each service's policy as it is declared, which the command reads", () => {
    for (const [path, { jobs }] of retaining) {
      const inventory = jobs["plan"]?.steps.find(({ env }) => env?.["SERVICES"] !== undefined);
      const services = JSON.parse(String(inventory?.env?.["SERVICES"])) as Record<
        string,
        { promotions: string; policy: { environments: string[] } }
      >;
      assert.ok(Object.keys(services).length > 0, path);
      for (const { promotions, policy } of Object.values(services)) {
        assert.ok(parsePolicy(policy, path).rules.length > 0);
        assert.equal(promotions, policy.environments.length === 0 ? "none" : "registry", path);
      }
    }
  });
});

describe("rescan.yml", () => {
  const rescanning = rendered.filter(([path]) => path.endsWith("/rescan.yml"));

  it("is in every repository that publishes, starts every day or by hand, and never twice at once", () => {
    assert.equal(rescanning.length, publishing.length);
    const crons = rescanning.map(([path, { on }, content]) => {
      assert.deepEqual(Object.keys(on).sort(), ["schedule", "workflow_dispatch"], path);
      assert.match(content, /\nconcurrency:\n {2}group: rescan\n {2}cancel-in-progress: false\n/, path);
      return (on["schedule"] as { cron: string }[])[0]?.cron ?? "";
    });
    for (const cron of crons) assert.match(cron, /^[1-5]?[13579] (1?\d|2[0-3]) \* \* \*$/);
    assert.equal(new Set(crons).size, 3);
  });

  it("may read packages and keep the issue, and nothing else", () => {
    for (const [path, { jobs }] of rescanning) {
      const { contents = "read", ...rights } = jobs["rescan"]?.permissions ?? {};
      assert.deepEqual([Object.keys(jobs), contents], [["rescan"], "read"], path);
      assert.deepEqual(rights, { issues: "write", packages: "read" }, path);
    }
  });
});

describe("promote.yml", () => {
  const promoting = rendered.filter(([path]) => path.endsWith("promote.yml"));
  const moves = promoting.flatMap(([path, { jobs }]) =>
    Object.entries(jobs)
      .filter(([id]) => id !== "known")
      .map(([id, job]) => ({ path, id, job: job as RenderedJob & { readonly environment?: string } })),
  );

  it("is where a service has environments, with one job for each, which names it as it is on GitHub", () => {
    assert.deepEqual(
      promoting.map(([path]) => path.split("/")[0]),
      ["promoted-services", "own-repository", "own-repository-before-release", "approved-retention"],
    );
    const named = moves.filter(({ path }) => path.startsWith("promoted-")).map(({ job }) => job.environment);
    assert.deepEqual(named, [
      ...["hello-python-staging", "hello-python-production"],
      ...["todost-development", "todost-production", "todost-eu.west"],
      // Those that a release moves.
      ...["hello-python-staging", "hello-python-production"],
    ]);
  });

  it("names no environment that isn't declared, since GitHub would make it without protection", () => {
    for (const [path, , content] of rendered) {
      const named = [...content.matchAll(/^ {4}environment: (.*)$/gm)]
        .map(([, name]) => name)
        // Of retention's approvers and of the platform's own stack, which tests of their own look at.
        .filter(
          (name = "") => !["container-retention", "infrastructure", "infrastructure-drift"].includes(name),
        );
      assert.equal(named.length, moves.filter((move) => move.path === path).length, path);
    }
  });

  it("starts by hand, and fails where no job is for what is asked", () => {
    for (const [path, { on, jobs }] of promoting) {
      assert.ok("workflow_dispatch" in on, path);
      assert.equal(jobs["known"]?.if, "github.event_name == 'workflow_dispatch'");
      assert.deepEqual(jobs["known"]?.permissions, {});
    }
    for (const { id, job } of moves.filter((move) => !move.id.startsWith("release-"))) {
      assert.deepEqual(job.needs, ["known"], id);
      assert.match(
        job.if ?? "",
        /^github\.event\.inputs\.service == '[^']+' && github\.event\.inputs\.environment == /,
      );
    }
  });

  it("starts by a published release only where a service says so, one environment after the other", () => {
    const released = promoting.filter(([, { on }]) => "release" in on);
    assert.deepEqual(
      released.map(([path, { on }]) => [path, on["release"]]),
      [["promoted-services/promote.yml", { types: ["published"] }]],
    );
    const jobs = moves.filter(({ id }) => id.startsWith("release-"));
    const release = "github.event_name == 'release' && startsWith(github.ref, 'refs/tags/v')";
    assert.deepEqual(
      jobs.map(({ id, job }) => [id, job.needs ?? [], job.if]),
      [
        ["release-hello-python-staging", [], release],
        [
          "release-hello-python-production",
          ["release-hello-python-staging"],
          // A pre-release goes no further than the first.
          `${release} && !(contains(github.ref, '-'))`,
        ],
      ],
    );
  });

  it("hands to the command what the service declares, the same in every job of the service", () => {
    const [promoted] = promoting;
    const rules = Object.entries(promoted?.[1].jobs ?? {}).flatMap(([id, { steps }]) =>
      steps.flatMap(({ env }) => (env?.["RULES"] === undefined ? [] : [[id, String(env["RULES"])] as const])),
    );
    assert.equal(rules.length, 7);
    for (const service of ["hello-python", "todost"]) {
      const own = rules.filter(([id]) => id.includes(service)).map(([, text]) => text);
      assert.equal(new Set(own).size, 1, service);
    }
    const { environments } = JSON.parse(rules[0]?.[1] ?? "") as PromotionRules;
    assert.deepEqual(environments, [
      { name: "staging", githubName: "hello-python-staging", maxScanAge: 7, require: [] },
      {
        ...{ name: "production", githubName: "hello-python-production", maxScanAge: 2 },
        require: ["signature", "provenance"],
      },
    ]);
  });

  it("may move tags and tell of it, and nothing else", () => {
    const rights = { contents: "read", deployments: "write", packages: "write" };
    for (const { path, id, job } of moves) assert.deepEqual(job.permissions, rights, `${path}: ${id}`);
  });

  it("moves one environment at a time, whatever started it, and cancels none under way", () => {
    const groups = moves.map(({ path, id, job }) => {
      const { concurrency } = job as { concurrency?: { group: string; "cancel-in-progress": boolean } };
      assert.equal(concurrency?.["cancel-in-progress"], false, `${path}: ${id}`);
      return `${path}: ${concurrency?.group}`;
    });
    assert.ok(groups.includes("promoted-services/promote.yml: promote-todost-eu.west"));
    // The jobs of a release wait for those by hand of the same environment, and no others.
    assert.equal(groups.length - new Set(groups).size, 2);
  });
});
