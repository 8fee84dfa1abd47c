/** Drives the stand-in as the engine does, for its tests: the same protocol, plain values in and out. */
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { Properties } from "./property-values";

export const URN = "urn:pulumi:test::project::owner:component$command:local:Command::job";

export class PluginClient {
  readonly raw: ResourceProviderClient;

  constructor(port: number) {
    this.raw = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  async configure(): Promise<proto.ConfigureResponse> {
    return call((done) => this.raw.configure(new proto.ConfigureRequest(), done));
  }

  async check(
    news: Properties,
    urn = URN,
  ): Promise<{ inputs: Properties; failures: Record<string, string> }> {
    const request = new proto.CheckRequest();
    request.setUrn(urn);
    request.setNews(struct(news));
    const response = await call<proto.CheckResponse>((done) => this.raw.check(request, done));
    const failures = response.getFailuresList().map((f) => [f.getProperty(), f.getReason()] as const);
    return { inputs: plain(response.getInputs()), failures: Object.fromEntries(failures) };
  }

  async diff(oldInputs: Properties, news: Properties): Promise<{ changed: string[]; replaces: string[] }> {
    const request = new proto.DiffRequest();
    request.setUrn(URN);
    request.setOlds(struct({ ...oldInputs, stdout: "before", stderr: "" }));
    request.setOldInputs(struct(oldInputs));
    request.setNews(struct(news));
    const response = await call<proto.DiffResponse>((done) => this.raw.diff(request, done));
    return { changed: response.getDiffsList(), replaces: response.getReplacesList() };
  }

  async create(inputs: Properties, preview = false): Promise<{ id: string; properties: Properties }> {
    const request = new proto.CreateRequest();
    request.setUrn(URN);
    request.setPreview(preview);
    request.setProperties(struct(inputs));
    const response = await call<proto.CreateResponse>((done) => this.raw.create(request, done));
    return { id: response.getId(), properties: plain(response.getProperties()) };
  }

  async update(olds: Properties, news: Properties, preview = false): Promise<Properties> {
    const request = new proto.UpdateRequest();
    request.setUrn(URN);
    request.setPreview(preview);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    return plain(
      (await call<proto.UpdateResponse>((done) => this.raw.update(request, done))).getProperties(),
    );
  }

  async delete(state: Properties): Promise<void> {
    const request = new proto.DeleteRequest();
    request.setUrn(URN);
    request.setProperties(struct(state));
    await call<Empty>((done) => this.raw.delete(request, done));
  }

  async cancel(): Promise<void> {
    await call<Empty>((done) => this.raw.cancel(new Empty(), done));
  }

  close(): void {
    this.raw.close();
  }
}

/** An engine that only listens to log lines. */
export async function startEngineLog(): Promise<{ address: string; lines: string[]; close(): void }> {
  const lines: string[] = [];
  const server = new grpc.Server();
  server.addService(EngineService, {
    log: (request: grpc.ServerUnaryCall<LogRequest, Empty>, done: grpc.sendUnaryData<Empty>) => {
      lines.push(request.request.getMessage());
      done(null, new Empty());
    },
  } as unknown as grpc.UntypedServiceImplementation);
  const port = await call<number>((done) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), done),
  );
  return { address: `127.0.0.1:${port}`, lines, close: () => server.forceShutdown() };
}

function call<T>(start: (done: (error: Error | null, value: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));
}

function struct(value: Properties): Struct {
  return Struct.fromJavaScript(value as { [key: string]: JavaScriptValue });
}

function plain(value: Struct | undefined): Properties {
  return value?.toJavaScript() ?? {};
}
