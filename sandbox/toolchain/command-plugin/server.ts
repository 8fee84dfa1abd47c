/**
 * The provider protocol around the stand-in for @pulumi/command. It speaks `pulumirpc.ResourceProvider`
 * itself rather than through `@pulumi/pulumi/provider`: that server never says that it supports previews, so
 * the engine would not ask it what a preview shows.
 */
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as service from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { COMMAND_TYPE, DESCRIPTION, schemaJson, VERSION } from "./description";
import { engineLog } from "./engine-log";
import type { Properties } from "./property-values";
import {
  checkCommand,
  createCommand,
  deleteCommand,
  diffCommand,
  previewProperties,
  updateCommand,
} from "./resource";
import type { CommandContext } from "./resource";

export interface CommandPluginServer {
  /** The loopback port that the engine connects to. */
  readonly port: number;
  /** Stops running commands, waits until they have ended, then ends the server. */
  close(): Promise<void>;
}

/** As the SDKs set it: properties may be large. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/**
 * Starts the plugin on a free loopback port.
 * @param engineAddress host:port of the engine's log service, undefined where there is none
 * @param environment what commands inherit
 */
export async function startServer(
  engineAddress: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<CommandPluginServer> {
  let address = engineAddress;
  const cancellation = new AbortController();
  const context: CommandContext = {
    log: engineLog(() => address),
    signal: cancellation.signal,
    environment,
    running: new Set(),
  };
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  });
  server.addService(service.ResourceProviderService, {
    ...protocolHandlers(context, (attached) => (address = attached)),
    ...resourceHandlers(context),
    cancel: unary(async () => {
      cancellation.abort();
      return new Empty();
    }),
  } as grpc.UntypedServiceImplementation);

  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  return {
    port,
    async close() {
      cancellation.abort();
      await Promise.allSettled(context.running);
      server.forceShutdown();
    },
  };
}

function protocolHandlers(context: CommandContext, attach: (address: string) => void) {
  return {
    handshake: unary(async () => {
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(true);
      return response;
    }),
    attach: unary(async (request: PluginAttach) => {
      attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(async () => {
      const info = new PluginInfo();
      info.setVersion(VERSION);
      return info;
    }),
    getSchema: unary(async () => {
      const response = new proto.GetSchemaResponse();
      response.setSchema(schemaJson());
      return response;
    }),
    checkConfig: unary(async (request: proto.CheckRequest) => {
      const response = new proto.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: unary(async () => new proto.DiffResponse()),
    configure: unary(async () => {
      context.log.debug(DESCRIPTION);
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setSupportspreview(true);
      return response;
    }),
    ...unsupportedHandlers(),
  };
}

function resourceHandlers(context: CommandContext) {
  return {
    check: unary(async (request: proto.CheckRequest) => {
      requireCommand(request.getUrn());
      const { inputs, faults } = checkCommand(fromStruct(request.getNews()));
      const response = new proto.CheckResponse();
      response.setInputs(toStruct(inputs));
      for (const fault of faults) {
        const failure = new proto.CheckFailure();
        failure.setProperty(fault.property);
        failure.setReason(fault.reason);
        response.addFailures(failure);
      }
      return response;
    }),
    diff: unary(async (request: proto.DiffRequest) => {
      requireCommand(request.getUrn());
      // Engines before 3.74 send no old inputs; a Command's state repeats its inputs.
      const olds = fromStruct(request.hasOldInputs() ? request.getOldInputs() : request.getOlds());
      const { changed, replaces } = diffCommand(olds, fromStruct(request.getNews()));
      const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
      const response = new proto.DiffResponse();
      response.setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME);
      response.setDiffsList([...changed]);
      response.setReplacesList([...replaces]);
      return response;
    }),
    create: unary(async (request: proto.CreateRequest) => {
      requireCommand(request.getUrn());
      const inputs = fromStruct(request.getProperties());
      const response = new proto.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(toStruct(previewProperties(inputs)));
        return response;
      }
      const created = await createCommand(context, request.getUrn(), inputs);
      response.setId(created.id);
      response.setProperties(toStruct(created.properties));
      return response;
    }),
    update: unary(async (request: proto.UpdateRequest) => {
      requireCommand(request.getUrn());
      const inputs = fromStruct(request.getNews());
      const response = new proto.UpdateResponse();
      const properties = request.getPreview()
        ? previewProperties(inputs)
        : await updateCommand(context, request.getUrn(), fromStruct(request.getOlds()), inputs);
      response.setProperties(toStruct(properties));
      return response;
    }),
    read: unary(async (request: proto.ReadRequest) => {
      requireCommand(request.getUrn());
      // There is nothing outside to look at: what a command printed is the state.
      const response = new proto.ReadResponse();
      response.setId(request.getId());
      response.setProperties(request.getProperties());
      response.setInputs(request.getInputs());
      return response;
    }),
    delete: unary(async (request: proto.DeleteRequest) => {
      requireCommand(request.getUrn());
      await deleteCommand(context, request.getUrn(), fromStruct(request.getProperties()));
      return new Empty();
    }),
  };
}

/** Calls of the protocol that this plugin has no answer to, refused in words rather than by a bare code. */
function unsupportedHandlers() {
  const refuse = (what: string) =>
    unary(async () => {
      throw statusError(
        grpc.status.UNIMPLEMENTED,
        `${what} is not in the stand-in for @pulumi/command; ${NEEDS}`,
      );
    });
  return {
    invoke: unary(async (request: proto.InvokeRequest) => {
      throw statusError(
        grpc.status.UNIMPLEMENTED,
        `function ${request.getTok()} is not in the stand-in for @pulumi/command; ${NEEDS}`,
      );
    }),
    call: refuse("a method call"),
    construct: refuse("a component"),
    parameterize: refuse("parameterization"),
    getMapping: unary(async () => new proto.GetMappingResponse()),
    getMappings: unary(async () => new proto.GetMappingsResponse()),
  };
}

const NEEDS = "install the official plugin 1.2.1 for it";

function requireCommand(urn: string): void {
  // urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  if (type === COMMAND_TYPE) return;
  throw statusError(
    grpc.status.INVALID_ARGUMENT,
    `the stand-in for @pulumi/command serves ${COMMAND_TYPE} only, not ${type || urn}; ${NEEDS}`,
  );
}

/** An async function as a gRPC handler; what it throws becomes the call's status. */
function unary<Request, Response>(handle: (request: Request) => Promise<Response>) {
  return (call: grpc.ServerUnaryCall<Request, Response>, callback: grpc.sendUnaryData<Response>): void => {
    handle(call.request).then(
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

function statusError(code: grpc.status, details: string): Error {
  return Object.assign(new Error(details), { code, details });
}

function fromStruct(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as { [key: string]: JavaScriptValue });
}
