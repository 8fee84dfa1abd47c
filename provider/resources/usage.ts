/** `ghcr:index:getUsage`: what a package holds, read from GitHub and the registry. */
import { PlatformError } from "../../core/errors";
import { definePolicy, planAtMost } from "../../core/retention";
import { checkInputs } from "../inputs";
import type { Properties } from "../wire";
import { nameFields, packageNameOf } from "./names";
import type { Context } from "./resource";

/** @throws PlatformError for arguments that can't be, and where the package can't be read */
export async function usage(context: Context, args: Properties): Promise<Properties> {
  const { inputs, faults } = checkInputs(args, nameFields);
  const name = packageNameOf(inputs);
  if (faults.length > 0 || name === undefined) {
    throw new PlatformError(
      faults.map(({ property, reason }) => ({
        code: "invalid-argument",
        where: `getUsage: ${property}`,
        problem: reason,
        fix: 'call it like getUsage({ owner: "albeorla", name: "todost" })',
      })),
    );
  }
  const look = await context.reader.inventory(name, () => {});
  if (look.is === "unknown") throw new Error(look.why);
  if (look.is === "absent")
    return { exists: false, versions: 0, tagged: 0, bytes: 0, unread: 0, incomplete: [] };
  const { versions, incomplete, package: facts } = look.seen;
  const { summary } = planAtMost(look.seen, definePolicy({ rules: [] }), context.now());
  return {
    exists: true,
    ...(facts.visibility === null ? {} : { visibility: facts.visibility }),
    versions: summary.versions,
    tagged: versions.filter(({ tags }) => tags.length > 0).length,
    bytes: summary.bytes,
    unread: versions.filter(({ manifest }) => "unreadable" in manifest).length,
    incomplete,
  };
}
