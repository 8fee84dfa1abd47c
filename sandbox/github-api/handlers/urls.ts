/** The stand-in's own addresses, as answers name them; like those of a GitHub Enterprise Server. */
export class Urls {
  /** @param base e.g. `http://127.0.0.1:18480`, without a slash at the end */
  constructor(readonly base: string) {}

  /** E.g. `api("repos", owner, name)`. Parts are taken as they are: escape what came from outside. */
  api(...parts: readonly (string | number)[]): string {
    return [this.base, "api/v3", ...parts].join("/");
  }

  html(...parts: readonly (string | number)[]): string {
    return [this.base, ...parts].join("/");
  }

  /** A path within a repository, each part escaped, slashes kept. */
  static path(path: string): string {
    return path.split("/").map(encodeURIComponent).join("/");
  }
}

/** GitHub's opaque ids: a kind and the number, so that they never meet. */
export function nodeId(kind: string, id: number | string): string {
  return `${kind}_${Buffer.from(String(id)).toString("base64url")}`;
}
