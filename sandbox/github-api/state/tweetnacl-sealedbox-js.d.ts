declare module "tweetnacl-sealedbox-js" {
  /** How many bytes a box is longer than its message. */
  export const overheadLength: number;
  /** An anonymous sealed box of libsodium's form. */
  export function seal(message: Uint8Array, publicKey: Uint8Array): Uint8Array;
  /** The message, or null where the box can't be opened with these keys. */
  export function open(box: Uint8Array, publicKey: Uint8Array, secretKey: Uint8Array): Uint8Array | null;
}
