import { setTimeout as delay } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { Container, containerFolder, emulatorFor, type ContainerEnd } from "../../clients/container";
import { registryParts, unpackImage, type ImageParts } from "../../clients/image-root";
import { layoutParts } from "../../clients/oci-layout";
import { PlatformError, type Fault } from "../../core/errors";
import { containerPlan, type ContainerPlan } from "../../core/images";
import {
  formatImageReference,
  parsePlatform,
  type Digest,
  parsePinnedReference,
  type PinnedReference,
} from "../../core/names";
import type { Io } from "../io";
import { found, registryOf } from "../../clients/registry-access";
import { Gathered, pairs, readRequest, UsageError, withRequestOptions, type Request } from "../request";

const request = z.strictObject({
  image: z.string().optional(),
  inputLayout: z.string().optional(),
  platform: z.string(),
  path: z.string().startsWith("/").default("/healthz"),
  port: z.int().min(1).max(65_535).optional(),
  http: z.boolean().default(true),
  env: z.record(z.string(), z.string()).default({}),
  timeout: z.int().min(1).default(60),
});

/** Kubernetes and Docker give 30 and 10 seconds; who needs more than this is lost at a rollout of any size. */
const GRACE_SECONDS = 5;
/** How long one that listens nowhere has to stay up. */
const SETTLE_SECONDS = 3;

interface Health {
  readonly status: number | undefined;
  readonly seconds: number;
}

/** `ghcr image test`: what a container of an image must do before a tag may point at the image. */
export function imageTestCommand(io: Io): Command {
  const command = new Command("test")
    .description("Start the container of a platform's image, ask it for its health, and stop it.")
    .option("--image <reference>", "<registry>/<owner>/<service>@sha256:<digest> of the index")
    .option("--input-layout <folder>", "an OCI image layout on this machine instead")
    .option("--platform <os/architecture>", "the platform, e.g. linux/arm64")
    .option("--path <path>", "what it is asked for; any answer with a status below 400 is healthy")
    .option("--port <number>", "where it listens (default: the lowest port that the image exposes)", integer)
    .option("--no-http", "it listens nowhere: it only has to keep running, or to end with 0")
    .option("--env <name=value>", "a variable that it needs; may be given again", pairs)
    .option("--timeout <seconds>", "how long it may take to be healthy (default: 60)", integer);
  return withRequestOptions(command)
    .addHelpText("after", help)
    .action(async ({ input, json, http, ...flags }: Options) => {
      const given = { ...flags, ...(http ? {} : { http }) };
      const { target, values } = parse(await readRequest(io, request, input, given));
      const { name, digest, parts } = opened(target, io);
      const { folder, root, remove } = containerFolder();
      try {
        const image = await found(name, unpackImage(parts, digest, values.platform, root));
        const plan = containerPlan(`${name} ${values.platform}`, image.config, values.env);
        const emulator = emulatorFor(image.config.architecture);
        const container = await Container.start(folder, plan, { emulator });
        const result = await tried(container, values, emulator !== undefined);
        const faults = faultsOf(`${name} ${values.platform}`, plan, values, result);
        const summary = { ...result, user: `${plan.user.uid}:${plan.user.gid}` };
        if (json === true) io.print(JSON.stringify({ image: name, digest: image.digest, ...summary }));
        if (faults.length > 0) throw new PlatformError(faults);
        if (json !== true) for (const line of lines(name, values.platform, summary)) io.print(line);
      } finally {
        remove();
      }
    });
}

interface Options {
  readonly http: boolean;
  readonly input?: string;
  readonly json?: true;
}

interface Result {
  readonly platform: string;
  readonly emulated: boolean;
  /** Undefined where it was never healthy. */
  readonly health: Health | undefined;
  readonly readOnlyRoot: boolean;
  readonly capabilities: string;
  readonly end: ContainerEnd;
  readonly log: string;
}

type Target = { readonly reference: PinnedReference } | { readonly layout: string };

function parse({ values, where }: Request<z.infer<typeof request>>) {
  const gathered = new Gathered();
  const target = gathered.take(() => targetOf(values, where));
  gathered.take(() => parsePlatform(where("platform"), values.platform));
  return gathered.finish(() => ({ target: target as Target, values }));
}

function targetOf({ image, inputLayout }: z.infer<typeof request>, where: (field: string) => string): Target {
  if (image !== undefined && inputLayout === undefined)
    return { reference: parsePinnedReference(where("image"), image) };
  if (image === undefined && inputLayout !== undefined) return { layout: inputLayout };
  throw new UsageError({
    code: "invalid-input",
    where: where("image"),
    problem: "give either an image in a registry or a layout",
    fix: "give one of the two",
  });
}

/** @throws PlatformError where there is no such layout */
function opened(
  target: Target,
  io: Io,
): { readonly name: string; readonly digest: Digest; readonly parts: ImageParts } {
  if ("layout" in target) return { name: target.layout, ...layoutParts(target.layout) };
  const { reference } = target;
  const { repository, digest } = reference;
  const parts = registryParts(registryOf(reference, io.environment), repository);
  return { name: formatImageReference(reference), digest, parts };
}

async function tried(
  container: Container,
  values: z.infer<typeof request>,
  emulated: boolean,
): Promise<Result> {
  const health = values.http ? await healthy(container, values) : await settled(container);
  const up = container.running;
  const readOnlyRoot = up && (await container.rootIsReadOnly());
  const capabilities = up ? await container.status("CapEff") : "";
  const end = await container.stop(GRACE_SECONDS);
  return {
    ...{ platform: values.platform, emulated, health, readOnlyRoot, capabilities, end },
    log: container.log.slice(-2000),
  };
}

async function healthy(
  container: Container,
  { path, port, timeout }: z.infer<typeof request>,
): Promise<Health | undefined> {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  let last: Health | undefined;
  while (container.running && seconds() < timeout) {
    const answer = await container.ask(path, { port });
    if (answer !== undefined) last = { status: answer.status, seconds: seconds() };
    if (answer !== undefined && answer.status < 400) return last;
    await delay(100);
  }
  return last;
}

async function settled(container: Container): Promise<Health | undefined> {
  const begun = performance.now();
  while (container.running && performance.now() - begun < SETTLE_SECONDS * 1000) await delay(100);
  const ended = !container.running;
  return ended ? undefined : { status: undefined, seconds: SETTLE_SECONDS };
}

function faultsOf(
  where: string,
  plan: ContainerPlan,
  { http, path, port = plan.port ?? 8080, timeout }: z.infer<typeof request>,
  { health, readOnlyRoot, capabilities, end, log }: Result,
): readonly Fault[] {
  const said = log.trim() === "" ? "it printed nothing" : `it printed:\n${log.trimEnd()}`;
  const fault = (code: string, problem: string, fix: string): Fault => ({ code, where, problem, fix });
  const declare =
    "name path and port as `health` in its service.ts, or `health: false` if it listens nowhere";
  if (http && health === undefined) {
    return [
      end.killed || end.code === null
        ? fault("not-healthy", `nobody answered on port ${port} within ${timeout} s; ${said}`, declare)
        : fault("container-ended", `it ended with ${end.code} before it was healthy; ${said}`, declare),
    ];
  }
  if (!http && health === undefined) {
    return end.code === 0 ? [] : [fault("container-ended", `it ended with ${end.code}; ${said}`, "mend it")];
  }
  const status = health?.status;
  return [
    ...(status !== undefined && status >= 400
      ? [fault("not-healthy", `${path} on port ${port} answered ${status}; ${said}`, declare)]
      : []),
    ...(readOnlyRoot
      ? []
      : [
          fault(
            "writable-root",
            "its root could be written to",
            "the runtime did not do as it was told: check runc's version, or report this as a fault of the platform",
          ),
        ]),
    ...(/^0+$/.test(capabilities)
      ? []
      : [
          fault(
            "capabilities",
            `it holds capabilities: ${capabilities}`,
            "the runtime did not do as it was told: check runc's version, or report this as a fault of the platform",
          ),
        ]),
    ...(end.killed
      ? [
          fault(
            "does-not-stop",
            `it still ran ${GRACE_SECONDS} s after SIGTERM`,
            "handle SIGTERM: as process 1 it has no default action",
          ),
        ]
      : end.code === 0 || end.code === 143
        ? []
        : [fault("bad-stop", `it ended with ${end.code} when it was told to stop; ${said}`, "end with 0")]),
  ];
}

function lines(
  name: string,
  platform: string,
  { health, emulated, end, user }: Result & { readonly user: string },
) {
  const answered = health?.status === undefined ? "ran" : `answered ${health.status}`;
  return [
    `${name} ${platform}${emulated ? " (emulated)" : ""}`,
    `  ${answered} after ${(health?.seconds ?? 0).toFixed(1)} s, as user ${user}, with a read-only root and no capabilities`,
    `  stopped ${end.seconds.toFixed(1)} s after SIGTERM with exit code ${end.code ?? "none"}`,
  ];
}

function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

const help = `
The container has a read-only root, the image's own user, no capabilities and a network of its own without a way
out; /tmp and the image's volumes can be written to. SIGTERM must end it within ${GRACE_SECONDS} s. Needs root, runc and nsenter
(a GitHub runner has them; there: sudo). Another architecture than the machine's runs by qemu-user-static.

Examples:
  ghcr image test --image ghcr.io/albeorla/todost@sha256:… --platform linux/arm64
  ghcr image test --input-layout build/image --platform linux/amd64
  echo '{"image": "…@sha256:…", "platform": "linux/amd64", "path": "/ready", "port": 9000}' \\
    | ghcr image test --input - --json

Exit codes: 0 it passes; 1 it doesn't, or it can't be started; 2 wrong usage.`;
