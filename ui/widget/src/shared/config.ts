/** The widget's configuration with every part filled in. */
import type { Config, ConfigPatch, Language, Look } from './wire';

export const defaultLook: Look = {
  theme_color: '#1456f0',
  position: 'right',
  offset_x: 24,
  offset_y: 24,
  radius: 16,
  dark: 'auto',
  button_label: false,
  z_index: 2147483000,
};

export function lookOf(config: ConfigPatch | null | undefined): Look {
  return { ...defaultLook, ...config?.look };
}

/** The language to speak: the configured one, else the browser's, else English. */
export function languageOf(config: ConfigPatch | null | undefined): Language {
  const wanted = config?.language;
  if (wanted === 'zh' || wanted === 'en') return wanted;
  return /^zh\b/i.test(navigator.language || '') ? 'zh' : 'en';
}

/** A text the site has set itself, if it has. */
export function overrideOf(config: ConfigPatch | null | undefined, key: string): string | undefined {
  return config?.texts?.[languageOf(config)]?.[key] || undefined;
}

export function fullConfig(config: ConfigPatch | null | undefined): Config {
  return {
    look: lookOf(config),
    texts: config?.texts ?? {},
    language: config?.language ?? 'auto',
    pre_chat: {
      enabled: config?.pre_chat?.enabled ?? true,
      fields: config?.pre_chat?.fields ?? [
        { key: 'name', visible: true, required: true },
        { key: 'email', visible: true },
        { key: 'message', visible: true },
      ],
      custom_fields: config?.pre_chat?.custom_fields ?? [],
    },
    rating: { enabled: config?.rating?.enabled ?? true },
    files: {
      enabled: config?.files?.enabled ?? true,
      max_bytes: config?.files?.max_bytes ?? 10485760,
      types: config?.files?.types ?? ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf', 'text/plain'],
    },
    hide_when_offline: config?.hide_when_offline ?? false,
  };
}
