import { PlatformError, type Fault } from "../errors";

/**
 * The step from text to a branded type, taken only where nothing was found wrong.
 * @throws PlatformError
 */
export function checked<Branded extends string>(text: string, fault: Fault | undefined): Branded {
  if (fault !== undefined) throw new PlatformError(fault);
  return text as Branded;
}
