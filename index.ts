/** The composition root: configuration and declarations become components, and these the stack's outputs. */
import { ContainerService, type ContainerServiceArgs } from "./components/container-service";
import { ImageBuilder } from "./components/image-builder";
import { RepositoryAutomation } from "./components/repository-automation";
import { repositoryElsewhere, SourceRepository } from "./components/source-repository";
import { readStackConfig } from "./components/stack-config";
import { refuseFaults, warnInPreview, withUserErrors } from "./components/user-errors";
import { tokenFaults } from "./clients/github";
import { registryFaults } from "./clients/preflight";
import { readPublishPlans } from "./clients/publish-plans";
import { environmentsElsewhere, resolveFleet } from "./core/fleet";
import { ownWorkflows, platformWorkflows } from "./core/workflow";
import { loadFleet } from "./services";

export = withUserErrors(async () => {
  const wholeFleet = resolveFleet(loadFleet());
  const { settings, fleet, credentials, github, ghcr, token, secretsOf } = readStackConfig(wholeFleet);
  const plans = readPublishPlans(__dirname, fleet, settings);
  refuseFaults(plans.size === 0 ? [] : await registryFaults(settings.registry));
  await warnInPreview(() => tokenFaults({ ...settings, repository: fleet.platform.name, token }));

  const providers = { github, ghcr };
  const declaresPlatform = settings.group === undefined;
  const platform = declaresPlatform
    ? new SourceRepository("platform", { repository: fleet.platform }, { providers })
    : repositoryElsewhere(settings.owner, fleet.platform.name, { provider: github });
  const { registry, builder: built } = settings;
  const builder =
    plans.size === 0
      ? undefined
      : new ImageBuilder("builder", { registry, builder: built, ...(credentials && { credentials }) });
  const components = fleet.services.map((service) => {
    const plan = plans.get(service.name);
    const own = fleet.ownRepositories.get(service.name);
    const args: ContainerServiceArgs = {
      owner: settings.owner,
      service,
      repository:
        own === undefined ? { shared: platform } : { own, workflows: ownWorkflows(fleet, service, settings) },
      secrets: secretsOf(service),
      ...(plan && builder && { publish: { plan, builder } }),
    };
    return new ContainerService(service.name, args, { providers });
  });
  if (declaresPlatform) {
    const after = components.flatMap(({ environments, secrets }) => [environments, secrets]);
    const workflows = platformWorkflows(wholeFleet, settings);
    const environments = Object.values(fleet.automation?.environments ?? {});
    const elsewhere = { environmentsElsewhere: environmentsElsewhere(wholeFleet, fleet) };
    const args = { repository: platform, plan: fleet.platform, workflows, environments, after, ...elsewhere };
    new RepositoryAutomation("platform", args, { providers });
  }
  return { services: Object.fromEntries(components.map(({ service, outputs }) => [service, outputs])) };
});
