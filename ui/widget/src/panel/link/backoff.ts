/** Full jitter: a random wait below a bound that doubles, so that many clients do not come back at once. */
export function backoff(failures: number, chance = Math.random, least = 500, most = 30000): number {
  return chance() * Math.min(most, least * 2 ** Math.min(failures, 20));
}
