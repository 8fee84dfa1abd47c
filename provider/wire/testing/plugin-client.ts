/** Drives a plugin as the engine does, for tests: the same protocol, plain values in and out. */
import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { Difference, ReadResource } from "../plugin";
import type { Properties } from "../property-values";

export interface CheckedInputs {
  readonly inputs: Properties;
  /** Reasons by property. */
  readonly failures: Readonly<Record<string, string>>;
}

export class PluginClient {
  readonly raw: ResourceProviderClient;

  /** @param urn of the resource that calls are about, where they say nothing else */
  constructor(
    port: number,
    private readonly urn: string,
  ) {
    this.raw = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  }

  async configure(config: Properties = {}): Promise<proto.ConfigureResponse> {
    const request = new proto.ConfigureRequest();
    request.setArgs(struct(config));
    return call((done) => this.raw.configure(request, done));
  }

  async checkConfig(news: Properties): Promise<CheckedInputs> {
    const request = new proto.CheckRequest();
    request.setNews(struct(news));
    return checkedInputs(await call<proto.CheckResponse>((done) => this.raw.checkConfig(request, done)));
  }

  async diffConfig(oldInputs: Properties, news: Properties): Promise<Difference> {
    const request = new proto.DiffRequest();
    request.setOldInputs(struct(oldInputs));
    request.setNews(struct(news));
    return differenceOf(await call<proto.DiffResponse>((done) => this.raw.diffConfig(request, done)));
  }

  async check(news: Properties, urn = this.urn): Promise<CheckedInputs> {
    const request = new proto.CheckRequest();
    request.setUrn(urn);
    request.setNews(struct(news));
    return checkedInputs(await call<proto.CheckResponse>((done) => this.raw.check(request, done)));
  }

  /** @param state @default the old inputs */
  async diff(oldInputs: Properties, news: Properties, state = oldInputs): Promise<Difference> {
    const request = new proto.DiffRequest();
    request.setUrn(this.urn);
    request.setOlds(struct(state));
    request.setOldInputs(struct(oldInputs));
    request.setNews(struct(news));
    return differenceOf(await call<proto.DiffResponse>((done) => this.raw.diff(request, done)));
  }

  async create(inputs: Properties, preview = false): Promise<{ id: string; properties: Properties }> {
    const request = new proto.CreateRequest();
    request.setUrn(this.urn);
    request.setPreview(preview);
    request.setProperties(struct(inputs));
    const response = await call<proto.CreateResponse>((done) => this.raw.create(request, done));
    return { id: response.getId(), properties: plain(response.getProperties()) };
  }

  /** @param oldInputs @default what the engine takes where it has none: the state */
  async update(
    olds: Properties,
    news: Properties,
    preview = false,
    oldInputs?: Properties,
  ): Promise<Properties> {
    const request = new proto.UpdateRequest();
    if (oldInputs !== undefined) request.setOldInputs(struct(oldInputs));
    request.setUrn(this.urn);
    request.setPreview(preview);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    return plain(
      (await call<proto.UpdateResponse>((done) => this.raw.update(request, done))).getProperties(),
    );
  }

  /** Undefined: there is no such resource. */
  async read(id: string, state: Properties = {}, inputs: Properties = {}): Promise<ReadResource | undefined> {
    const request = new proto.ReadRequest();
    request.setUrn(this.urn);
    request.setId(id);
    request.setProperties(struct(state));
    request.setInputs(struct(inputs));
    const response = await call<proto.ReadResponse>((done) => this.raw.read(request, done));
    if (response.getId() === "") return undefined;
    return {
      id: response.getId(),
      properties: plain(response.getProperties()),
      inputs: plain(response.getInputs()),
    };
  }

  async invoke(token: string, args: Properties): Promise<Properties> {
    const request = new proto.InvokeRequest();
    request.setTok(token);
    request.setArgs(struct(args));
    return plain((await call<proto.InvokeResponse>((done) => this.raw.invoke(request, done))).getReturn());
  }

  async delete(state: Properties): Promise<void> {
    const request = new proto.DeleteRequest();
    request.setUrn(this.urn);
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

export interface LoggedLine {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly urn: string;
}

export interface ListeningEngine {
  readonly address: string;
  /** What was said, in order. */
  readonly lines: string[];
  /** The same with how and about what. */
  readonly logged: LoggedLine[];
  close(): void;
}

const severities = ["debug", "info", "warning", "error"] as const;

/** An engine that only listens to log lines. */
export async function startEngineLog(): Promise<ListeningEngine> {
  const lines: string[] = [];
  const logged: LoggedLine[] = [];
  const server = new grpc.Server();
  server.addService(EngineService, {
    log: (request: grpc.ServerUnaryCall<LogRequest, Empty>, done: grpc.sendUnaryData<Empty>) => {
      const line = request.request;
      lines.push(line.getMessage());
      logged.push({
        severity: severities[line.getSeverity()] ?? "error",
        message: line.getMessage(),
        urn: line.getUrn(),
      });
      done(null, new Empty());
    },
  } as unknown as grpc.UntypedServiceImplementation);
  const port = await call<number>((done) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), done),
  );
  return { address: `127.0.0.1:${port}`, lines, logged, close: () => server.forceShutdown() };
}

function checkedInputs(response: proto.CheckResponse): CheckedInputs {
  const failures = response.getFailuresList().map((each) => [each.getProperty(), each.getReason()] as const);
  return { inputs: plain(response.getInputs()), failures: Object.fromEntries(failures) };
}

function differenceOf(response: proto.DiffResponse): Difference {
  const kinds = ["add", "add", "delete", "delete", "update", "update"] as const;
  const paths: Record<string, "add" | "delete" | "update"> = {};
  response.getDetaileddiffMap().forEach((each, path: string) => {
    paths[path] = kinds[each.getKind()] ?? "update";
  });
  return {
    changed: response.getDiffsList(),
    replaces: response.getReplacesList(),
    ...(response.getHasdetaileddiff() ? { paths } : {}),
  };
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
