/** The visit: one call when the page opens, one per page of a single-page application, and a heartbeat. */
import { keys } from '../shared/bridge';
import { call, CallFailed, isPassing } from '../shared/http';
import type { Memory } from '../shared/memory';
import type { Visit } from '../shared/wire';
import type { Snippet } from './script-tag';

export interface Visits {
  current: Visit | null;
  token(): string;
  begin(): Promise<Visit | null>;
  page(from: string): Promise<void>;
  variables(values: Record<string, unknown>): Promise<void>;
  /** Heartbeats stop while a connection of the panel says that we are here. */
  linked(on: boolean): void;
}

const cut = (text: string) => text.slice(0, 2000);

export function openVisits(snippet: Snippet, memory: Memory, heard: (visit: Visit | null) => void): Visits {
  let token = memory.get<string>(keys.token);
  let linked = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let missed = 0;
  let beginning: Promise<Visit | null> | undefined;

  const send = <T>(method: string, path: string, body: unknown, bearer = token) =>
    call<T>(snippet.base + 'widget/' + path, method, bearer, body);
  const pageOf = (referrer: string) => ({ url: cut(location.href), title: cut(document.title), referrer: cut(referrer) });

  const take = (visit: Visit) => {
    if (visit.token && visit.token !== token) memory.set(keys.token, (token = visit.token));
    me.current = visit;
    missed = 0;
    heard(visit);
    plan(visit.pace_ms);
    return visit;
  };

  const plan = (ms = 30000) => {
    clearTimeout(timer);
    timer = setTimeout(beat, Math.max(ms, 1000));
  };

  /** Waits longer each time, with chance in it, so that a recovering server is not met by everybody at once. */
  const planRetry = () => plan(1000 + Math.random() * Math.min(5000 * 2 ** missed++, 300000));

  async function beat(): Promise<void> {
    if (linked || document.hidden) return;
    if (!me.current) return void me.begin();
    try {
      const answer = await send<{ pace_ms?: number }>('POST', 'heartbeat', {});
      missed = 0;
      plan(answer?.pace_ms ?? me.current.pace_ms);
    } catch (error) {
      await failed(error);
    }
  }

  async function failed(error: unknown): Promise<void> {
    const status = error instanceof CallFailed ? error.status : 0;
    if (status === 401 || status === 404) await me.begin();
    else if (isPassing(status)) planRetry();
  }

  async function begin(): Promise<Visit | null> {
    for (const known of token ? [token, null] : [null]) {
      try {
        const visit = await send<Visit>(
          'POST',
          'visits',
          {
            site: snippet.site,
            widget: snippet.widget,
            ...(known && { token: known }),
            page: pageOf(document.referrer),
            screen: `${screen.width}x${screen.height}`,
            language: navigator.language || '',
            time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || '',
          },
          null,
        );
        return take(visit);
      } catch (error) {
        const status = error instanceof CallFailed ? error.status : 0;
        if (isPassing(status)) {
          planRetry();
          return null;
        }
        // A token the server does not know any more: once again as a new visitor.
        if (status !== 401) break;
        memory.set(keys.token, (token = null));
      }
    }
    heard(null);
    return null;
  }

  // Two tabs that began at the same moment agree on one visitor.
  memory.watch<string>(keys.token, (other) => {
    if (other && !linked) token = other;
  });
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) clearTimeout(timer);
    else void beat();
  });

  const me: Visits = {
    current: null,
    token: () => token ?? '',
    begin: () => (beginning ??= begin().finally(() => (beginning = undefined))),
    async page(from) {
      if (!me.current) return;
      try {
        take(await send<Visit>('POST', 'pages', { page: pageOf(from) }));
      } catch (error) {
        await failed(error);
      }
    },
    variables: (values) => send('PUT', 'variables', { variables: values }),
    linked(on) {
      linked = on;
      clearTimeout(timer);
      if (!on) plan(me.current?.pace_ms);
    },
  };
  return me;
}
