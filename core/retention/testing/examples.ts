/** Small packages by name, for tests that show one thing. */
import type { Digest } from "../../images";
import {
  inventoryFormat,
  type Blob,
  type Inventory,
  type Manifest,
  type UnreadableManifest,
  type Version,
} from "../inventory";
import { plan } from "../plan";
import type { Plan } from "../plan-file";
import type { Policy, PolicyDeclaration } from "../policy";
import { definePolicy } from "../policy-schema";

/** Today, in all examples. */
export const today = new Date("2026-11-24T12:00:00Z");

const day = 86_400_000;

export interface Example {
  /** Days since it was pushed; negative: pushed in the future. @default 100 */
  readonly age?: number;
  /** Days since its tags changed. @default its age */
  readonly changed?: number;
  readonly tags?: readonly string[];
  /** Names of what it lists; makes it an index. */
  readonly children?: readonly string[];
  readonly subject?: string;
  readonly configType?: string;
  /** Bytes by name; one name is one blob. */
  readonly blobs?: Readonly<Record<string, number>>;
  readonly downloads?: number;
  readonly unreadable?: string;
  readonly mediaType?: string;
}

/** A digest that shows its name: the name's bytes, then zeros. */
export function digestOf(name: string): Digest {
  return `sha256:${Buffer.from(name).toString("hex").padEnd(64, "0").slice(0, 64)}`;
}

/** The tag that finds referrers of a named version, with or without a suffix. */
export function fallbackTag(name: string, suffix = ""): string {
  return `${digestOf(name).replace(":", "-")}${suffix}`;
}

export function inventoryOf(
  examples: Readonly<Record<string, Example>>,
  known: Partial<Omit<Inventory, "versions" | "blobs">> = {},
): Inventory {
  const blobs: Blob[] = [];
  const blobNames: string[] = [];
  const blob = (name: string, size: number): number => {
    const place = blobNames.indexOf(name);
    if (place >= 0) return place;
    blobNames.push(name);
    return blobs.push({ digest: digestOf(`blob ${name}`), size }) - 1;
  };
  const versions = Object.entries(examples).map(([name, example], position): Version => {
    const { age = 100, changed = age, tags = [], downloads } = example;
    return {
      id: position + 1,
      digest: digestOf(name),
      createdAt: daysAgo(age),
      updatedAt: daysAgo(changed),
      tags,
      manifest: manifestOf(example, blob),
      ...(downloads === undefined ? {} : { downloads }),
    };
  });
  return {
    format: inventoryFormat,
    package: { owner: "albeorla", name: "todost", visibility: "private" },
    takenAt: today.toISOString(),
    incomplete: [],
    versions,
    blobs,
    pullRequests: [],
    promotions: [],
    inUse: [],
    ...known,
  };
}

function manifestOf(
  { children, subject, configType, blobs = {}, unreadable, mediaType }: Example,
  blob: (name: string, size: number) => number,
): Manifest | UnreadableManifest {
  if (unreadable !== undefined) return { unreadable };
  return {
    mediaType:
      mediaType ?? `application/vnd.oci.image.${children === undefined ? "manifest" : "index"}.v1+json`,
    ...(configType === undefined ? {} : { configType }),
    size: 500,
    ...(subject === undefined ? {} : { subject: digestOf(subject) }),
    children: (children ?? []).map(digestOf),
    blobs: Object.entries(blobs).map(([name, size]) => blob(name, size)),
  };
}

/** The RFC 3339 time so many days before today. */
export function daysAgo(days: number): string {
  return new Date(today.getTime() - days * day).toISOString();
}

/** A policy that lets go of every class after a day, unless the given rules keep. */
export function lettingGo(...rules: PolicyDeclaration["rules"]): Policy {
  return definePolicy({
    graceDays: 1,
    rollback: 1,
    environments: ["staging", "production"],
    classes: { "custom:nightly": "nightly-*" },
    rules: [
      ...rules,
      { id: "all-releases", kind: "expire-tagged", of: "semver", afterDays: 1 },
      { id: "all-builds", kind: "expire-tagged", of: "sha", afterDays: 1 },
      { id: "all-development", kind: "expire-tagged", of: "development", afterDays: 1 },
      { id: "all-caches", kind: "expire-tagged", of: "cache", afterDays: 1 },
      { id: "all-nightlies", kind: "expire-tagged", of: "custom:nightly", afterDays: 1 },
      { id: "all-pull-requests", kind: "expire-pull-requests", afterDays: 7 },
      { id: "all-untagged", kind: "expire-untagged", afterDays: 1 },
      { id: "all-orphans", kind: "expire-orphans", afterDays: 1 },
    ],
  });
}

/** The names of what a plan deletes, in its order. */
export function deletedNames({ deletions }: Plan): string[] {
  return deletions.map(({ digest }) => nameOf(digest));
}

/** The names of what goes, sorted. */
export function gone(inventory: Inventory, policy: Policy): string[] {
  return deletedNames(plan(inventory, policy, today)).sort();
}

export function nameOf(digest: Digest): string {
  return Buffer.from(digest.slice(7), "hex").toString().replace(/\0+$/, "");
}

/** The plan's entry of a named version. */
export function entryOf({ versions }: Plan, name: string): Plan["versions"][number] {
  const found = versions.find(({ digest }) => digest === digestOf(name));
  if (found === undefined) throw new Error(`the plan has no version ${name}`);
  return found;
}
