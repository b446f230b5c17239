/** Times and sizes as people read them. */
import type { Language } from '../shared/wire';
import type { Say } from './texts';

const locale = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en');

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KB', 'MB', 'GB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < 2) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`;
}

export function timeText(at: string | number, language: Language): string {
  return new Date(at).toLocaleTimeString(locale(language), { hour: '2-digit', minute: '2-digit' });
}

/** A name for the visitor's own calendar day, the same for all moments of that day. */
export function dayKey(at: string | number): string {
  const d = new Date(at);
  return `${d.getFullYear()}-${d.getMonth()}-${d.getDate()}`;
}

export function dayText(at: string | number, language: Language, say: Say, now = Date.now()): string {
  if (dayKey(at) === dayKey(now)) return say('today');
  if (dayKey(at) === dayKey(now - 86400000)) return say('yesterday');
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString(locale(language), { month: 'long', day: 'numeric', ...(!sameYear && { year: 'numeric' }) });
}

export function initial(name: string): string {
  return [...name.trim()][0]?.toUpperCase() ?? '·';
}
