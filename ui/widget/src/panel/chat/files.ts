/** What may be sent, told before anything is uploaded. */
import type { FileRules } from '../../shared/wire';
import { sizeText } from '../format';
import type { Say } from '../texts';

/** A file name without direction and zero-width characters, which can dress a program up as a picture. */
export function cleanName(name: string): string {
  return name.replace(/[\u0000-\u001f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, '');
}

/** The reason why a file is not taken, or null. */
export function checkFile(file: { name: string; type: string; size: number }, rules: FileRules, say: Say): string | null {
  if (file.size > rules.max_bytes) return say('too_large', { file: cleanName(file.name), max: checkFile.limit(rules) });
  const accepted = rules.types.some((type) => type === file.type || (type.endsWith('/*') && file.type.startsWith(type.slice(0, -1))));
  return accepted ? null : say('bad_type', { file: cleanName(file.name) });
}

checkFile.limit = (rules: FileRules): string => sizeText(rules.max_bytes);
