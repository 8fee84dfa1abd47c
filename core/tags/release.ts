/** Git tags that release a version. */
import { isTag, type Tag } from "../names";
import { parse, type SemVer } from "semver";

/**
 * The version that a git tag `v1.2.3` releases: Semantic Versioning 2.0.0 to the letter behind one small `v`.
 * Undefined for anything else. The library also takes `v` and white space in front, hence the comparison.
 */
export function parseRelease(gitTag: string): SemVer | undefined {
  const version = parse(gitTag.slice(1));
  if (version === null) return undefined;
  const build = version.build.length === 0 ? "" : `+${version.build.join(".")}`;
  return gitTag === `v${version.version}${build}` ? version : undefined;
}

/** The image tag of a release, `1.2.3` of `v1.2.3`; undefined where the git tag is no release that publishes. */
export function releaseVersion(gitTag: string): Tag | undefined {
  const release = parseRelease(gitTag);
  if (release === undefined || release.build.length > 0) return undefined;
  return isTag(release.version) ? release.version : undefined;
}
