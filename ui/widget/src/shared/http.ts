/** Calls to the server. The visitor's token travels in a header, never in an address. */
import type { Problem } from './wire';

export class CallFailed extends Error {
  /** `status` is 0 when the server was not reached at all. */
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail ?? problem.title ?? 'server not reached');
  }
}

/** Worth trying again without a change: no network, overload, a server on its way down. */
export function isPassing(status: number): boolean {
  return !status || status === 408 || status === 425 || status === 429 || status >= 500;
}

export async function call<T>(
  url: string,
  method: string,
  token: string | null | undefined,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const headers: Record<string, string> = {};
  if (token) headers.Authorization = 'Bearer ' + token;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let answer: Response;
  try {
    answer = await fetch(url, { method, headers, credentials: 'omit', signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new CallFailed(0, {});
  }
  const data = await answer.json().catch(() => null);
  if (!answer.ok) throw new CallFailed(answer.status, (data as Problem | null) ?? {});
  return data as T;
}
