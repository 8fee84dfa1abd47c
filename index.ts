/** The composition root: configuration and declarations become components, and these the stack's outputs. */
import { ContainerService } from "./components/container-service";
import { ImageBuilder } from "./components/image-builder";
import { RepositoryAutomation } from "./components/repository-automation";
import { SourceRepository } from "./components/source-repository";
import { readStackConfig } from "./components/stack-config";
import { refuseFaults, warnInPreview, withUserErrors } from "./components/user-errors";
import { tokenFaults } from "./clients/github";
import { registryFaults } from "./clients/preflight";
import { readPublishPlans } from "./clients/publish-plans";
import { resolveFleet } from "./core/fleet";
import { ownWorkflows, platformWorkflows } from "./core/workflow";
import { loadFleet } from "./services";

export = withUserErrors(async () => {
  const fleet = resolveFleet(loadFleet());
  const { settings, credentials, github, token, secretsOf } = readStackConfig(fleet.services);
  const plans = readPublishPlans(__dirname, fleet, settings);
  refuseFaults(plans.size === 0 ? [] : await registryFaults(settings.registry));
  await warnInPreview(() => tokenFaults({ ...settings, repository: fleet.platform.name, token }));

  const providers = { github };
  const platform = new SourceRepository("platform", { repository: fleet.platform }, { providers });
  const builder = new ImageBuilder("builder", {
    registry: settings.registry,
    builder: settings.builder,
    ...(credentials === undefined ? {} : { credentials }),
  });
  const components = fleet.services.map((service) => {
    const plan = plans.get(service.name);
    const own = fleet.ownRepositories.get(service.name);
    const component = new ContainerService(
      service.name,
      {
        owner: settings.owner,
        service,
        repository:
          own === undefined
            ? { shared: platform }
            : { own, workflows: ownWorkflows(fleet, service, settings) },
        secrets: secretsOf(service),
        ...(plan === undefined ? {} : { publish: { plan, builder } }),
      },
      { providers },
    );
    return [service.name, component] as const;
  });
  new RepositoryAutomation(
    "platform",
    {
      repository: platform,
      rules: fleet.platform.rules,
      workflows: platformWorkflows(fleet, settings),
      after: components.flatMap(([, { environments, secrets }]) => [environments, secrets]),
    },
    { providers },
  );
  return { services: Object.fromEntries(components.map(([name, component]) => [name, component.outputs])) };
});
