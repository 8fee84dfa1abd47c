/** Secrets that a client works with, kept out of whatever it says. */
export interface Redactor {
  /** From now on the text is masked. Texts under four characters are not: they hide words and protect nothing. */
  add(secret: string): void;
  redact(text: string): string;
}

export function createRedactor(): Redactor {
  const secrets = new Set<string>();
  return {
    add(secret) {
      if (secret.trim().length < 4) return;
      secrets.add(secret);
      secrets.add(encodeURIComponent(secret));
    },
    redact(text) {
      // Longest first: a secret that contains another must go as a whole.
      const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
      return longestFirst.reduce((result, secret) => result.replaceAll(secret, "[secret]"), text);
    },
  };
}
