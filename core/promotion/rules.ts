/** What a service asks of an image before an environment moves to it. */
import type { Exception } from "../scan";

/** What can be asked for beside the gate's result, which has an age; each is verified, not taken from the image's word. */
export const requirableKinds = ["signature", "provenance", "sbom"] as const;
export type RequirableKind = (typeof requirableKinds)[number];

/** What one environment asks. */
export interface StageRules {
  /** Its name, which is its tag's. */
  readonly name: string;
  /** As on GitHub. */
  readonly githubName: string;
  /** How many days a scan counts. */
  readonly maxScanAge: number;
  readonly require: readonly RequirableKind[];
}

/** As `promote.yml` and the stack's outputs hand it to `ghcr promote --rules`: plain JSON. */
export interface PromotionRules {
  /** All of the service's, in the order in which an image passes them. */
  readonly environments: readonly StageRules[];
  /** By which rules an image is scanned again whose scan counts no more. */
  readonly scan: {
    readonly exceptions?: readonly Exception[];
    readonly staticImage?: string;
    /** References of the vulnerability database. @default Trivy's own */
    readonly database?: string;
  };
}

/** What a service gets that says nothing, in a fleet that says nothing. */
export const promotionDefaults = { maxScanAge: 7, require: [] as readonly RequirableKind[] } as const;

/** The rules of a service as it is declared; `core/fleet`'s `Service` is one. */
export function promotionRules(
  service: {
    readonly promotion: readonly StageRules[];
    readonly exceptions?: readonly Exception[] | undefined;
    readonly staticImage?: string | undefined;
  },
  database?: string,
): PromotionRules {
  const { promotion, exceptions = [], staticImage } = service;
  return {
    environments: promotion,
    scan: {
      ...(exceptions.length === 0 ? {} : { exceptions }),
      ...(staticImage === undefined ? {} : { staticImage }),
      ...(database === undefined ? {} : { database }),
    },
  };
}
