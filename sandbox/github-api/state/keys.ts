/**
 * Key pairs that secrets are sealed for. Derived from the instance's master key, so that reading a public key
 * changes no state, and a restart gives the same one.
 */
import { createHmac } from "node:crypto";
import nacl from "tweetnacl";
import { open, overheadLength } from "tweetnacl-sealedbox-js";

export interface PublicKey {
  /** Decimal, as GitHub's are. */
  readonly id: string;
  /** 32 bytes, base64. */
  readonly key: string;
}

export class Keys {
  constructor(private readonly masterKey: string) {}

  /** @param scope `repository:<id>` or `environment:<id>` */
  publicKey(scope: string): PublicKey {
    const { publicKey } = this.#pair(scope);
    const id = this.#derive(`id of ${scope}`).readBigUInt64BE() >> 4n;
    return { id: String(id), key: Buffer.from(publicKey).toString("base64") };
  }

  /** What a sealed box holds; undefined where the bytes are none, which clients do send. */
  open(scope: string, sealed: string): string | undefined {
    const { publicKey, secretKey } = this.#pair(scope);
    const box = new Uint8Array(Buffer.from(sealed, "base64"));
    if (box.length < overheadLength) return undefined;
    const opened = open(box, publicKey, secretKey);
    return opened === null ? undefined : Buffer.from(opened).toString("utf8");
  }

  #pair(scope: string): nacl.BoxKeyPair {
    return nacl.box.keyPair.fromSecretKey(new Uint8Array(this.#derive(`key of ${scope}`)));
  }

  #derive(purpose: string): Buffer {
    return createHmac("sha256", Buffer.from(this.masterKey, "base64")).update(purpose).digest();
  }
}
