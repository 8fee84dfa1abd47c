/** Loopback ports. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { PlatformError } from "../core/errors";

export interface PortUse {
  /** Who wants it, e.g. `registry`. */
  readonly who: string;
  readonly port: number;
  /** How the user chooses another one, e.g. `REGISTRY_PORT=18581 make up`. */
  readonly setting: string;
}

/** A port that nothing listened on a moment ago. For tests: whoever takes it first has it. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Throws a PlatformError that names the port and the setting, if another program listens there. */
export async function assertPortFree({ who, port, setting }: PortUse): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw cause;
    const problem =
      code === "EACCES" ? "this user may not listen on the port" : "the port is taken by another program";
    throw new PlatformError(
      { code: "port-in-use", where: who, problem, got: `127.0.0.1:${port}`, fix: setting },
      { cause },
    );
  }
  server.close();
  await once(server, "close");
}
