/** What the visitor reads when a call fails. */
import { CallFailed } from '../../shared/http';
import { slugOf, type FileRules, type Problem } from '../../shared/wire';
import type { Say } from '../texts';
import { checkFile, cleanName } from './files';

export function explain(error: unknown, say: Say): string {
  if (!(error instanceof CallFailed) || !error.status) return say('unreachable');
  return explainProblem(error.problem, error.status, say);
}

/** Why a file did not get through. */
export function explainFile(error: unknown, name: string, rules: FileRules, say: Say): string {
  const slug = error instanceof CallFailed ? slugOf(error.problem) : '';
  if (slug === 'too-large') return say('too_large', { file: cleanName(name), max: checkFile.limit(rules) });
  if (slug === 'unsupported') return say('bad_type', { file: cleanName(name) });
  return explain(error, say);
}

export function explainProblem(problem: Problem, status: number, say: Say): string {
  const slug = slugOf(problem);
  if (slug === 'too-many-requests' || status === 429) return say('too_many');
  if (slug === 'storage-full' || status === 507) return say('storage_full');
  return say('problem');
}
