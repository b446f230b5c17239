/** What the visitor reads when a call fails. */
import { CallFailed } from '../../shared/http';
import { slugOf, type Problem } from '../../shared/wire';
import type { Say } from '../texts';

export function explain(error: unknown, say: Say): string {
  if (!(error instanceof CallFailed) || !error.status) return say('unreachable');
  return explainProblem(error.problem, error.status, say);
}

export function explainProblem(problem: Problem, status: number, say: Say): string {
  const slug = slugOf(problem);
  if (slug === 'too-many-requests' || status === 429) return say('too_many');
  if (slug === 'storage-full' || status === 507) return say('storage_full');
  return say('problem');
}
