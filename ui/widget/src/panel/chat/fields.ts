/** What a form asks, in the order shown. */
import type { Config, CustomField, FormField, Language } from '../../shared/wire';

/** A field as it is drawn. The site's own bring their label with them. */
export interface Asked extends FormField {
  kind?: CustomField['kind'];
  label?: string;
}

/** Under this name a form holds the field of its file. */
export const ATTACHMENT = 'attachment';
const OWN = 'custom_';

/** What a visitor need not say a second time: who they are, not what they asked for or agreed to. */
export const isKept = (key: string): boolean => key !== 'product_service' && !key.startsWith(OWN);

const ownFields = (config: Config, language: Language): Asked[] =>
  (config.pre_chat.custom_fields ?? []).map(({ id, name, label, kind, required, choices }) => ({ key: OWN + id, required, kind, choices, label: label?.[language] || name }));

/** Before a chat: the site's own fields stand below the others, but above a message that comes last. */
export function fieldsBefore(config: Config, departments: number, language: Language): Asked[] {
  if (!config.pre_chat.enabled) return [];
  const shown = config.pre_chat.fields.filter((f) => f.visible !== false && (f.key !== 'department' || departments > 0));
  const end = shown.length - (shown[shown.length - 1]?.key === 'message' ? 1 : 0);
  return [...shown.slice(0, end), ...ownFields(config, language), ...shown.slice(end)];
}

/** Whatever the site asks before a chat, a message left behind needs a way to answer it and something to say. */
export function fieldsOffline(config: Config, language: Language): Asked[] {
  const before = config.pre_chat.enabled ? config.pre_chat.fields.filter((f) => f.visible !== false && f.key !== 'message' && f.key !== 'email' && (f.key !== 'department' || f.required)) : [];
  const own = config.pre_chat.enabled ? ownFields(config, language) : [];
  return [...before, { key: 'email', required: true }, ...own, { key: 'message', required: true }];
}
