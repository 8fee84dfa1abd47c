/** cosign as the platform uses it: signs an image and what is said of it, and verifies both. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "../core/errors";
import type { Verdict } from "../core/evidence";
import { withDockerConfig } from "./docker-config";

type Environment = Readonly<Record<string, string | undefined>>;

/** Whom a signature has to be of. */
export interface Trust {
  /** Public key: a file, or what else cosign takes as a key. */
  readonly key?: string | undefined;
  /** Regular expression of a certificate's identity, with who vouched for it. */
  readonly identity?: string | undefined;
  readonly issuer?: string | undefined;
}

/** With what is signed. */
export type SigningKey =
  /** A certificate for the identity that the machine can prove; in GitHub Actions the workflow's. */
  | { readonly kind: "keyless" }
  /** A file, `env://NAME` or a key management service's URI, as cosign's `--key`. Nothing goes to a public log. */
  | { readonly kind: "key"; readonly key: string };

export interface CosignOptions {
  /** cosign, by its path or on the PATH. */
  readonly program: string;
  /** Registry of the images, signed in to as everything else of the platform is. */
  readonly registry: string;
  readonly environment: Environment;
}

export interface Cosign {
  /** @param reference `<registry>/<repository>@sha256:…` */
  verify(trust: Trust, reference: string): Promise<Verdict>;
  /** Also gives the in-toto statements whose signature is of whoever is trusted. */
  verifyProvenance(
    trust: Trust,
    reference: string,
  ): Promise<{ readonly verdict: Verdict; readonly statements: readonly unknown[] }>;
  /** @throws PlatformError `signing-failed` */
  sign(key: SigningKey, reference: string): Promise<void>;
  /** Signs the SLSA provenance, a predicate, and attaches it. @throws PlatformError `signing-failed` */
  attestProvenance(key: SigningKey, reference: string, predicate: object): Promise<void>;
  /** The public half of a key. @throws PlatformError `signing-failed` */
  publicKey(key: string): Promise<string>;
}

/** Hands cosign to `work`; its temporary files, the sign-in to the registry among them, go when that ends. */
export async function withCosign<T>(
  options: CosignOptions,
  work: (cosign: Cosign, folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "ghcr-cosign-"));
  try {
    return await work(open(options, folder), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function open({ program, registry, environment }: CosignOptions, folder: string): Cosign {
  const config = withDockerConfig(folder, registry, environment);
  const env = { ...toolEnvironment(environment), ...(config === undefined ? {} : { DOCKER_CONFIG: config }) };
  const run = (args: readonly string[]) => runTool(program, args, env);

  async function verify(trust: Trust, args: readonly string[], reference: string) {
    const whom = trustFlags(trust);
    if (whom === undefined) {
      const why = "neither a key nor a certificate's identity is given";
      return { verdict: { kind: "unverifiable", why } as const, stdout: "" };
    }
    const ran = await run([...args, ...whom, reference]);
    return { verdict: verdictOf(program, ran), stdout: ran.code === 0 ? ran.stdout : "" };
  }

  async function signed(what: string, args: readonly string[], reference: string): Promise<string> {
    const ran = await run(args);
    if (ran.code === 0) return ran.stdout;
    throw new PlatformError({
      code: "signing-failed",
      where: reference,
      problem: `${what}: ${ran.missing ? `${program} is not installed` : reasonOf(program, ran)}`,
      fix: ran.missing
        ? "install cosign: https://docs.sigstore.dev/cosign/system_config/installation/"
        : "keyless signing needs a job with id-token: write; a key its password in COSIGN_PASSWORD",
    });
  }

  /** With a key: no transparency log and no time stamp, both of which are services elsewhere. */
  async function keyFlags(key: SigningKey, reference: string): Promise<readonly string[]> {
    if (key.kind === "keyless") return [];
    const offline = join(folder, "signing-config.json");
    await signed("prepare to sign", ["signing-config", "create", "--out", offline], reference);
    return ["--key", key.key, "--signing-config", offline];
  }

  return {
    async verify(trust, reference) {
      const { verdict, stdout } = await verify(trust, ["verify"], reference);
      if (verdict.kind !== "verified" || signsImage(stdout)) return verdict;
      return {
        kind: "failed",
        why: "only what is said of the image is signed by them, not the image itself",
      };
    },
    async verifyProvenance(trust, reference) {
      const args = ["verify-attestation", "--type", "slsaprovenance1"];
      const { verdict, stdout } = await verify(trust, args, reference);
      return { verdict, statements: statementsIn(stdout) };
    },
    async sign(key, reference) {
      await signed("sign", ["sign", "--yes", ...(await keyFlags(key, reference)), reference], reference);
    },
    async attestProvenance(key, reference, predicate) {
      const file = join(folder, "predicate.json");
      writeFileSync(file, JSON.stringify(predicate));
      const what = ["--type", "slsaprovenance1", "--predicate", file];
      await signed(
        "sign the provenance",
        ["attest", "--yes", ...what, ...(await keyFlags(key, reference)), reference],
        reference,
      );
    },
    publicKey: (key) => signed("read the public key", ["public-key", "--key", key], key),
  };
}

/** A key's signatures need no transparency log to be checked; a certificate's do, since it ends within minutes. */
function trustFlags({ key, identity, issuer }: Trust): readonly string[] | undefined {
  if (key !== undefined) return ["--key", key, "--insecure-ignore-tlog=true"];
  if (identity === undefined || issuer === undefined) return undefined;
  return ["--certificate-identity-regexp", identity, "--certificate-oidc-issuer", issuer];
}

/** cosign also lets an attestation of whoever is trusted pass for a signature; what it prints tells them apart. */
function signsImage(stdout: string): boolean {
  const types = ["https://sigstore.dev/cosign/sign/v1", "cosign container image signature"];
  try {
    const signatures = JSON.parse(stdout) as readonly { readonly critical?: { readonly type?: string } }[];
    return signatures.some(({ critical }) => types.includes(critical?.type ?? ""));
  } catch {
    return false;
  }
}

/** The payloads of the envelopes that cosign prints, a line of JSON each. */
function statementsIn(stdout: string): readonly unknown[] {
  return stdout.split("\n").flatMap((line) => {
    try {
      const { payload } = JSON.parse(line) as { payload?: unknown };
      return typeof payload === "string"
        ? [JSON.parse(Buffer.from(payload, "base64").toString("utf8")) as unknown]
        : [];
    } catch {
      return [];
    }
  });
}

/** Everything but the tokens that it has no need of: a key may be anywhere, and want credentials of its own. */
function toolEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(GHCR_TOKEN|GITHUB_TOKEN|PULUMI_.*)$/.test(name)),
  );
}

interface Ran {
  /** Undefined: killed, or not there. */
  readonly code: number | undefined;
  readonly missing: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

function runTool(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env, timeout: 120_000, maxBuffer: 1 << 26 };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
      resolve({ code, missing: error?.code === "ENOENT", stdout, stderr });
    });
  });
}

function verdictOf(program: string, ran: Ran): Verdict {
  if (ran.code === 0) return { kind: "verified" };
  if (ran.missing) return { kind: "unverifiable", why: `${program} is not installed` };
  return { kind: "failed", why: reasonOf(program, ran) };
}

function reasonOf(program: string, { code, stderr }: Ran): string {
  const [line = ""] = stderr.trim().split("\n").slice(-1);
  return line.slice(0, 300) || `${program} ended with ${code ?? "a signal"}`;
}
