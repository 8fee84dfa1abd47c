/**
 * The provider protocol around a plugin. It speaks `pulumirpc.ResourceProvider` itself rather than through
 * `@pulumi/pulumi/provider`: that server hands on no configuration, no preview flag and no old inputs, and never says
 * that it supports previews, so the engine would not ask it what a preview shows.
 */
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as service from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { engineLog, type EngineLog } from "./engine-log";
import { typeOf, type Difference, type InputFault, type ProviderPlugin, type ResourceOf } from "./plugin";
import { sameValue, type Properties } from "./property-values";

export interface PluginServer {
  /** The loopback port that the engine connects to. */
  readonly port: number;
  /** Cancels what runs, waits until that has ended, then ends the server. */
  close(): Promise<void>;
}

/** As the SDKs set it: properties may be large. */
const maxMessageBytes = 400 * 1024 * 1024;

/**
 * Starts a plugin on a free loopback port.
 * @param engineAddress host:port of the engine's log service, undefined where there is none
 */
export async function startPluginServer(
  engineAddress: string | undefined,
  make: (log: EngineLog) => ProviderPlugin,
): Promise<PluginServer> {
  let address = engineAddress;
  const log = engineLog(() => address);
  const plugin = make(log);
  const server = new grpc.Server({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": maxMessageBytes,
  });
  const handlers: Readonly<Record<string, Handler>> = {
    ...protocolHandlers(plugin, (attached) => (address = attached)),
    ...configurationHandlers(plugin),
    ...planningHandlers(plugin),
    ...changingHandlers(plugin),
    ...refusingHandlers(plugin),
  };
  const served = Object.entries(handlers).map(([name, handler]) => [name, unary(handler, log)] as const);
  server.addService(
    service.ResourceProviderService,
    Object.fromEntries(served) as grpc.UntypedServiceImplementation,
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return {
    port,
    async close() {
      await plugin.cancel();
      server.forceShutdown();
    },
  };
}

function protocolHandlers(plugin: ProviderPlugin, attach: (address: string) => void) {
  return {
    handshake: async () => {
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(true);
      return response;
    },
    attach: async (request: PluginAttach) => {
      attach(request.getAddress());
      return new Empty();
    },
    getPluginInfo: async () => {
      const info = new PluginInfo();
      info.setVersion(plugin.version);
      return info;
    },
    getSchema: async () => {
      const response = new proto.GetSchemaResponse();
      response.setSchema(plugin.schema());
      return response;
    },
    cancel: async () => {
      void plugin.cancel();
      return new Empty();
    },
    getMapping: async () => new proto.GetMappingResponse(),
    getMappings: async () => new proto.GetMappingsResponse(),
  };
}

function configurationHandlers(plugin: ProviderPlugin) {
  return {
    checkConfig: async (request: proto.CheckRequest) => {
      const { inputs, faults } = plugin.checkConfig(fromStruct(request.getNews()));
      return checkResponse(inputs, faults);
    },
    /** Another configuration is an update of the provider; it replaces no resource. */
    diffConfig: async (request: proto.DiffRequest) => {
      const [olds, news] = [fromStruct(oldInputsOf(request)), fromStruct(request.getNews())];
      const names = new Set([...Object.keys(olds), ...Object.keys(news)]);
      return diffResponse([...names].filter((name) => !sameValue(olds[name], news[name])).sort(), []);
    },
    configure: async (request: proto.ConfigureRequest) => {
      await plugin.configure(fromStruct(request.getArgs()));
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setSupportspreview(true);
      return response;
    },
  };
}

function planningHandlers(plugin: ProviderPlugin) {
  return {
    check: async (request: proto.CheckRequest) => {
      const { inputs, faults } = await plugin.check(resourceOf(request), fromStruct(request.getNews()));
      return checkResponse(inputs, faults);
    },
    diff: async (request: proto.DiffRequest) => {
      const { changed, replaces, paths } = await plugin.diff(
        resourceOf(request),
        fromStruct(oldInputsOf(request)),
        fromStruct(request.getNews()),
        fromStruct(request.getOlds()),
      );
      return diffResponse(changed, replaces, paths);
    },
    read: async (request: proto.ReadRequest) => {
      const read = await plugin.read(resourceOf(request), {
        id: request.getId(),
        properties: fromStruct(request.getProperties()),
        inputs: fromStruct(request.getInputs()),
      });
      const response = new proto.ReadResponse();
      // No id says that there is nothing.
      if (read === undefined) return response;
      response.setId(read.id);
      response.setProperties(toStruct(read.properties));
      response.setInputs(toStruct(read.inputs));
      return response;
    },
    invoke: async (request: proto.InvokeRequest) => {
      const response = new proto.InvokeResponse();
      response.setReturn(toStruct(await plugin.invoke(request.getTok(), fromStruct(request.getArgs()))));
      return response;
    },
  };
}

function changingHandlers(plugin: ProviderPlugin) {
  return {
    create: async (request: proto.CreateRequest) => {
      const { id, properties } = await plugin.create(
        resourceOf(request),
        fromStruct(request.getProperties()),
        request.getPreview(),
      );
      const response = new proto.CreateResponse();
      if (id !== undefined) response.setId(id);
      response.setProperties(toStruct(properties));
      return response;
    },
    update: async (request: proto.UpdateRequest) => {
      const change = {
        state: fromStruct(request.getOlds()),
        oldInputs: fromStruct(oldInputsOf(request)),
        inputs: fromStruct(request.getNews()),
      };
      const response = new proto.UpdateResponse();
      response.setProperties(
        toStruct(await plugin.update(resourceOf(request), change, request.getPreview())),
      );
      return response;
    },
    delete: async (request: proto.DeleteRequest) => {
      await plugin.delete(resourceOf(request), fromStruct(request.getProperties()));
      return new Empty();
    },
  };
}

/** Calls of the protocol that no plugin here has an answer to, refused in words rather than by a bare code. */
function refusingHandlers(plugin: ProviderPlugin) {
  const refuse = (what: string) => async (): Promise<never> => {
    throw refused(plugin.refusal(what));
  };
  return {
    call: refuse("a method call"),
    construct: refuse("a component"),
    parameterize: refuse("parameterization"),
  };
}

/** What a plugin throws where it has no answer to a call. */
export function refused(details: string): Error {
  return Object.assign(new Error(details), { code: grpc.status.UNIMPLEMENTED, details });
}

function resourceOf(request: { getUrn(): string }): ResourceOf {
  return { urn: request.getUrn(), type: typeOf(request.getUrn()) };
}

/** Engines before 3.74 send no old inputs; a resource's state repeats them here. */
function oldInputsOf(request: proto.DiffRequest | proto.UpdateRequest): Struct | undefined {
  return request.hasOldInputs() ? request.getOldInputs() : request.getOlds();
}

function checkResponse(inputs: Properties, faults: readonly InputFault[]): proto.CheckResponse {
  const response = new proto.CheckResponse();
  response.setInputs(toStruct(inputs));
  for (const fault of faults) {
    const failure = new proto.CheckFailure();
    failure.setProperty(fault.property);
    failure.setReason(fault.reason);
    response.addFailures(failure);
  }
  return response;
}

function diffResponse(
  changed: readonly string[],
  replaces: readonly string[],
  paths?: Difference["paths"],
): proto.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse();
  response.setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList([...changed]);
  response.setReplacesList([...replaces]);
  if (paths !== undefined) {
    const { ADD, DELETE, UPDATE } = proto.PropertyDiff.Kind;
    const kinds = { add: ADD, delete: DELETE, update: UPDATE };
    response.setHasdetaileddiff(true);
    for (const [path, kind] of Object.entries(paths)) {
      const difference = new proto.PropertyDiff();
      difference.setKind(kinds[kind]);
      // The old and the new inputs, not what was last read.
      difference.setInputdiff(true);
      response.getDetaileddiffMap().set(path, difference);
    }
  }
  return response;
}

/** Each takes the request of its own name and gives its response; the table of them is checked by nobody but tests. */
type Handler = (request: never) => Promise<unknown>;

/** An async function as a gRPC handler; what it throws becomes the call's status. */
function unary(handle: Handler, log: EngineLog): grpc.handleUnaryCall<never, unknown> {
  return (call, callback) => {
    handle(call.request)
      // The engine closes a step's log with its answer, so what is said about it goes first.
      .finally(() => log.flush())
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(asStatus(error)),
      );
  };
}

function asStatus(error: unknown): Partial<grpc.StatusObject> {
  if (error instanceof Error && "code" in error && "details" in error)
    return error as Partial<grpc.StatusObject>;
  return { code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}

function fromStruct(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as { [key: string]: JavaScriptValue });
}
