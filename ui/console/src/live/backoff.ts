/** Full jitter: any time between nothing and the doubled ceiling, so that a thousand desks do not come back at once. */
export function fullJitter(attempt: number, random: () => number = Math.random, base = 600, ceiling = 15_000): number {
  return Math.round(random() * Math.min(ceiling, base * 2 ** Math.min(attempt, 10)));
}
