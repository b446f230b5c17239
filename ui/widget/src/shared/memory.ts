/** First-party storage that never throws; where the browser refuses it, it lives as long as the page. */

export interface Memory {
  get<T>(key: string): T | null;
  set(key: string, value: unknown): void;
  /** Hears what other tabs of this site write under `key`. */
  watch<T>(key: string, heard: (value: T | null) => void): void;
}

function parse<T>(text: string | null): T | null {
  try {
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function openMemory(kind: 'localStorage' | 'sessionStorage', prefix: string): Memory {
  const held: Record<string, string | null> = {};
  let store: Storage | undefined;
  try {
    store = window[kind];
    store.setItem(prefix, '1');
    store.removeItem(prefix);
  } catch {
    store = undefined;
  }
  return {
    get: (key) => parse(store ? store.getItem(prefix + key) : (held[key] ?? null)),
    set(key, value) {
      const text = value == null ? null : JSON.stringify(value);
      held[key] = text;
      try {
        if (text === null) store?.removeItem(prefix + key);
        else store?.setItem(prefix + key, text);
      } catch {
        // A full or withdrawn storage: go on from memory alone.
        store = undefined;
      }
    },
    watch(key, heard) {
      addEventListener('storage', (e) => {
        if (e.key === prefix + key) heard(parse(e.newValue));
      });
    },
  };
}
