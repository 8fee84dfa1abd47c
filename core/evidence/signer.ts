/** Who signs the images of a repository, as a certificate of Sigstore says it. */

export interface Signer {
  /** Regular expression of the certificate's identity. */
  readonly identity: string;
  /** Who vouches for it: https://docs.github.com/actions/concepts/security/openid-connect */
  readonly issuer: string;
}

export const githubIssuer = "https://token.actions.githubusercontent.com";

/**
 * The publishing workflow of a repository, as its default branch or a release runs it: not as a pull request or another
 * branch would have it.
 */
export function workflowSigner(repository: {
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string;
  /** @default `https://github.com` */
  readonly serverUrl?: string | undefined;
}): Signer {
  const { owner, name, defaultBranch, serverUrl = "https://github.com" } = repository;
  const workflow = `${serverUrl}/${owner}/${name}/.github/workflows/container-publish.yml`;
  return {
    identity: `^${literally(workflow)}@refs/(heads/${literally(defaultBranch)}|tags/v[0-9].*)$`,
    issuer: githubIssuer,
  };
}

/** A text as the regular expression that only it matches. */
export function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
