/** Whether a token may push to a repository of a registry, found out without pushing anything. */
import { PlatformError } from "../core/errors";
import { createTransport, type TransportOptions } from "./registry-transport";

/**
 * Opens an upload and gives it up: the first two requests of a push (distribution specification 1.1, "Pushing a blob
 * in chunks"; canceling is its `end-14`). No blob, manifest or package comes of it.
 * @param repository the name without the host
 * @returns false where the registry denies it
 * @throws PlatformError `registry-unreachable`; RegistryError for any other refusal
 */
export async function mayPush(host: string, repository: string, options: TransportOptions): Promise<boolean> {
  const transport = createTransport(host, options);
  const path = `/v2/${repository}/blobs/uploads/`;
  try {
    const { headers } = await transport.send({ method: "POST", repository, path, limit: 64 * 1024 });
    const upload = new URL(headers.get("location") ?? path, `https://${host}`);
    // Elsewhere than here the token has no business; an upload that is left ends by itself.
    if (upload.host === host) {
      const given = `${upload.pathname}${upload.search}`;
      await transport
        .send({ method: "DELETE", repository, path: given, limit: 64 * 1024 })
        .catch(() => undefined);
    }
    return true;
  } catch (error) {
    if (error instanceof PlatformError && error.code === "registry-denied") return false;
    throw error;
  }
}
