/**
 * A repository of The Update Framework with one key for every role: how a client of Sigstore learns whom to trust.
 * https://theupdateframework.github.io/specification/v1.0.33/
 */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import {
  Key,
  Metadata,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
} from "@tufjs/models";

export interface UpdateRepository {
  /** The first root, which a client has to have from elsewhere. */
  readonly root: string;
  /** What it serves, by path. */
  readonly files: ReadonlyMap<string, string>;
}

/** @param targets what it vouches for, by name */
export function updateRepository(targets: Readonly<Record<string, string>>): UpdateRepository {
  const { signed, key } = signer();
  const common = { version: 1, specVersion: "1.0.0", expires: inAYear(new Date()) };

  const list = new Targets(common);
  for (const [path, content] of Object.entries(targets))
    list.addTarget(new TargetFile({ path, length: Buffer.byteLength(content), hashes: hashesOf(content) }));
  const targetsText = signed(list);
  const snapshot = signed(new Snapshot({ ...common, meta: { "targets.json": metaFile(targetsText) } }));
  const timestamp = signed(new Timestamp({ ...common, snapshotMeta: metaFile(snapshot) }));

  const root = new Root({ ...common, consistentSnapshot: false });
  for (const role of ["root", "snapshot", "targets", "timestamp"]) root.addKey(key, role);
  return {
    root: signed(root),
    files: new Map([
      ["/timestamp.json", timestamp],
      ["/snapshot.json", snapshot],
      ["/targets.json", targetsText],
      ...Object.entries(targets).map(([name, content]) => [`/targets/${name}`, content] as const),
    ]),
  };
}

/** In whole seconds, as the specification has it: a client that writes a time otherwise finds another signature. */
export function inAYear(now: Date): string {
  const then = new Date(now);
  then.setUTCFullYear(then.getUTCFullYear() + 1);
  return then.toISOString().replace(/\.\d+Z$/, "Z");
}

function signer() {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const keyID = createHash("sha256").update(pem).digest("hex");
  const kind = "ecdsa-sha2-nistp256";
  const key = new Key({ keyID, keyType: kind, scheme: kind, keyVal: { public: pem } });
  const signed = (role: Root | Snapshot | Targets | Timestamp): string => {
    const metadata = new Metadata(role);
    metadata.sign((data) => new Signature({ keyID, sig: sign("sha256", data, privateKey).toString("hex") }));
    return JSON.stringify(metadata.toJSON());
  };
  return { key, signed };
}

function metaFile(text: string): MetaFile {
  return new MetaFile({ version: 1, length: Buffer.byteLength(text), hashes: hashesOf(text) });
}

function hashesOf(content: string): { readonly sha256: string } {
  return { sha256: createHash("sha256").update(content).digest("hex") };
}
