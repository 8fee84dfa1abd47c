/** A fake of GitHub Packages and its registry on a port of this machine, for tests of the command. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { RegistryError } from "../registry-error";
import type { FakePackages } from "./fake-packages";

/** Both on one `127.0.0.1:<port>`. */
export interface ServedPackages {
  readonly host: string;
  stop(): Promise<void>;
}

export async function servePackages(github: FakePackages): Promise<ServedPackages> {
  const answer = async (method: string, url: URL): Promise<Response> => {
    const [, reference] = /^\/v2\/.+\/manifests\/(.+)$/.exec(url.pathname) ?? [];
    if (reference === undefined) return github.fetch(url, { method });
    try {
      const { bytes, mediaType } = await github.registry.manifest("", reference);
      return new Response(Buffer.from(bytes), { headers: { "content-type": mediaType } });
    } catch (error) {
      return new Response("{}", { status: error instanceof RegistryError ? error.status : 500 });
    }
  };
  const server = createServer((request, response) => {
    answer(request.method ?? "GET", new URL(request.url ?? "/", "http://127.0.0.1")).then(
      async (right) => {
        const body = Buffer.from(await right.arrayBuffer());
        response.writeHead(right.status, Object.fromEntries(right.headers)).end(body);
      },
      () => request.socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
