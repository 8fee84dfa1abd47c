/** Deployments and their statuses: what was rolled out where, as whoever does it tells. */
import { ApiError, notFound } from "../pipeline/errors";
import { put, type Deployment, type DeploymentStatus, type Event } from "../state/tables";
import { simpleUser, type Json } from "./accounts";
import { flag, gitOf, param, repositoryOf, text, type Call, type Handlers } from "./call";
import { repositoryPage, repositoryUrl } from "./commit-view";
import { signedIn } from "./owners";
import { nodeId } from "./urls";

export const deploymentHandlers: Handlers = {
  "repos/list-deployments": (call) => {
    const asked = (name: string, value: string) => {
      const wanted = text(call.query, name);
      return wanted === undefined || wanted === "none" || wanted === value;
    };
    const found = deploymentsOf(call)
      .filter(({ sha, ref, task, environment }) =>
        Object.entries({ sha, ref, task, environment }).every(([name, value]) => asked(name, value)),
      )
      .reverse();
    return { status: 200, list: { items: found.map((one) => view(call, one)) } };
  },

  "repos/create-deployment": async (call) => {
    const ref = text(call.body, "ref") ?? "";
    const sha = await gitOf(call).resolveCommit(ref);
    if (sha === undefined) throw new ApiError(422, `No ref found for: ${ref}`);
    const deployment: Deployment = {
      id: call.ids.next(),
      ...{ sha, ref },
      task: text(call.body, "task") ?? "deploy",
      environment: text(call.body, "environment") ?? "production",
      description: text(call.body, "description") ?? null,
      payload: (call.body["payload"] ?? "") as Deployment["payload"],
      production: flag(call.body, "production_environment") ?? false,
      creator: signedIn(call).login,
      createdAt: call.now,
      statuses: [],
    };
    return { status: 201, body: view(call, deployment), events: [stored(call, deployment)] };
  },

  "repos/get-deployment": (call) => ({ status: 200, body: view(call, deploymentOf(call)) }),

  "repos/list-deployment-statuses": (call) => {
    const deployment = deploymentOf(call);
    const items = [...deployment.statuses].reverse().map((one) => statusView(call, deployment, one));
    return { status: 200, list: { items } };
  },

  "repos/create-deployment-status": (call) => {
    const deployment = deploymentOf(call);
    const status = newStatus(call, text(call.body, "state") as DeploymentStatus["state"]);
    const own = stored(call, { ...deployment, statuses: [...deployment.statuses, status] });
    // A success ends what ran in that environment before: https://docs.github.com/rest/deployments/statuses
    const ended =
      status.state === "success" && flag(call.body, "auto_inactive") !== false
        ? deploymentsOf(call)
            .filter(({ id, environment }) => id !== deployment.id && environment === deployment.environment)
            .filter(({ statuses }) => statuses.at(-1)?.state === "success")
            .map((one) => stored(call, { ...one, statuses: [...one.statuses, newStatus(call, "inactive")] }))
        : [];
    return { status: 201, body: statusView(call, deployment, status), events: [own, ...ended] };
  },
};

function newStatus(call: Call, state: DeploymentStatus["state"]): DeploymentStatus {
  return {
    id: call.ids.next(),
    state,
    description: state === "inactive" ? "" : (text(call.body, "description") ?? ""),
    creator: signedIn(call).login,
    createdAt: call.now,
  };
}

/** Oldest first. */
function deploymentsOf(call: Call): Deployment[] {
  return call.state.list("deployments", `${repositoryOf(call).id}/`);
}

function deploymentOf(call: Call): Deployment {
  const key = `${repositoryOf(call).id}/${Number(param(call, "deployment_id"))}`;
  const deployment = call.state.get("deployments", key);
  if (deployment === undefined) throw notFound();
  return deployment;
}

function stored(call: Call, deployment: Deployment): Event {
  return put("deployments", `${repositoryOf(call).id}/${deployment.id}`, deployment);
}

function deploymentUrl(call: Call, { id }: Deployment): string {
  return `${repositoryUrl(call)}/deployments/${id}`;
}

function creatorView(call: Call, login: string): Json | null {
  const creator = call.state.owner(login);
  return creator === undefined ? null : simpleUser(creator, call.urls);
}

function view(call: Call, deployment: Deployment): Json {
  const { id, sha, ref, task, payload, environment, description, production, createdAt } = deployment;
  return {
    url: deploymentUrl(call, deployment),
    id,
    node_id: nodeId("DE", id),
    ...{ sha, ref, task, payload, environment, original_environment: environment, description },
    creator: creatorView(call, deployment.creator),
    created_at: createdAt,
    updated_at: deployment.statuses.at(-1)?.createdAt ?? createdAt,
    statuses_url: `${deploymentUrl(call, deployment)}/statuses`,
    repository_url: repositoryUrl(call),
    transient_environment: false,
    production_environment: production,
  };
}

function statusView(call: Call, deployment: Deployment, status: DeploymentStatus): Json {
  const { id, state, description, creator, createdAt } = status;
  return {
    url: `${deploymentUrl(call, deployment)}/statuses/${id}`,
    id,
    node_id: nodeId("DES", id),
    ...{ state, description, environment: deployment.environment },
    creator: creatorView(call, creator),
    target_url: `${repositoryPage(call)}/deployments`,
    created_at: createdAt,
    updated_at: createdAt,
    deployment_url: deploymentUrl(call, deployment),
    repository_url: repositoryUrl(call),
  };
}
