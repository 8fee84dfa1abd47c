/** Lines for the engine's log. A log that can't be delivered never fails a call. */
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

export interface EngineLog {
  /** Shown only when the user asks for debug output. */
  debug(message: string, urn?: string): void;
  /** A line about what runs: shown while the resource is busy. */
  progress(message: string, urn: string): void;
  /** Shown under the resource when all is done, in previews too. */
  info(message: string, urn: string): void;
  /** As `info`, and counted as a warning. */
  warn(message: string, urn: string): void;
  /** Resolves when all lines are delivered or refused. */
  flush(): Promise<void>;
}

type Severity = "DEBUG" | "INFO" | "WARNING";

/** @param address gives the engine's host:port, or undefined where there is no engine (then lines are dropped) */
export function engineLog(address: () => string | undefined): EngineLog {
  let client: EngineClient | undefined;
  const pending = new Set<Promise<void>>();

  async function send(severity: Severity, message: string, urn: string, ephemeral: boolean) {
    const target = address();
    if (target === undefined) return;
    const engine = (client ??= new EngineClient(target, credentials.createInsecure()));
    const request = new LogRequest();
    request.setSeverity(LogSeverity[severity]);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(ephemeral);
    await new Promise<void>((resolve) => engine.log(request, () => resolve()));
  }

  function queue(sending: Promise<void>): void {
    const settled = sending.catch(() => undefined).finally(() => pending.delete(settled));
    pending.add(settled);
  }

  return {
    debug: (message, urn = "") => queue(send("DEBUG", message, urn, false)),
    progress: (message, urn) => queue(send("INFO", message, urn, true)),
    info: (message, urn) => queue(send("INFO", message, urn, false)),
    warn: (message, urn) => queue(send("WARNING", message, urn, false)),
    flush: async () => {
      await Promise.all(pending);
    },
  };
}
