/** When scheduled workflows run: by their repository's name, so that a fleet doesn't start all at once. */

/**
 * Two days a week, three and four days apart: caches that nothing has read for seven days are gone
 * (https://docs.github.com/actions/reference/dependency-caching-reference). At an odd minute, because GitHub drops
 * runs at the start of an hour when many are due.
 * @param repository `<owner>/<name>`
 * @returns a cron line, UTC
 */
export function twiceAWeek(repository: string): string {
  const number = hash(repository.toLowerCase());
  const minute = (number % 30) * 2 + 1;
  const hour = Math.floor(number / 30) % 24;
  const day = Math.floor(number / 720) % 4;
  return `${minute} ${hour} * * ${day},${day + 3}`;
}

/**
 * Every day, half a day from where `twiceAWeek` has its runs, at an odd minute as those.
 * @param repository `<owner>/<name>`
 * @returns a cron line, UTC
 */
export function daily(repository: string): string {
  const number = hash(repository.toLowerCase());
  return `${(number % 30) * 2 + 1} ${(Math.floor(number / 30) + 12) % 24} * * *`;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return value >>> 0;
}
