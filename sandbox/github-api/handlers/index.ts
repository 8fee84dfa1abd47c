/** Every operation that is answered, by GitHub's operationId. */
import { actionsPermissionHandlers } from "./actions-permissions";
import { appHandlers } from "./apps";
import type { Handlers } from "./call";
import { collaboratorHandlers } from "./collaborators";
import { contentHandlers } from "./contents";
import { deploymentHandlers } from "./deployments";
import { environmentHandlers } from "./environments";
import { gitObjectHandlers } from "./git-objects";
import { issueHandlers } from "./issues";
import { ownerHandlers } from "./owners";
import { packageHandlers } from "./packages";
import { referenceHandlers } from "./references";
import { pullHandlers } from "./pulls";
import { repositoryHandlers } from "./repositories";
import { rulesetHandlers } from "./rulesets";
import { secretHandlers } from "./secrets";
import { statusHandlers } from "./statuses";
import { variableHandlers } from "./variables";

export const handlers: Handlers = {
  ...ownerHandlers,
  ...appHandlers,
  ...repositoryHandlers,
  ...collaboratorHandlers,
  ...referenceHandlers,
  ...contentHandlers,
  ...gitObjectHandlers,
  ...statusHandlers,
  ...pullHandlers,
  ...issueHandlers,
  ...secretHandlers,
  ...variableHandlers,
  ...environmentHandlers,
  ...deploymentHandlers,
  ...rulesetHandlers,
  ...actionsPermissionHandlers,
  ...packageHandlers,
};
