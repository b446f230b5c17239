import { Problem, problemOf } from "./problem";

export type Query = Record<string, string | number | boolean | null | undefined>;

interface Call {
  query?: Query;
  body?: unknown;
  /** Repeats of one intent carry one key, so that the server acts once. */
  key?: string;
  signal?: AbortSignal;
}

let site: number | null = null;
let language = "en";
let onSignedOut: () => void = () => {};

/** Every later call speaks for this site. */
export function speakForSite(id: number | null): void {
  site = id;
}

/** The language the server's sentences come back in. */
export function speakLanguage(next: string): void {
  language = next;
}

export function currentSite(): number | null {
  return site;
}

/** Called once per answer that says the session is gone. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler;
}

export function address(path: string, query?: Query): string {
  if (!query) return path;
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") words.set(name, String(value));
  }
  const tail = words.toString();
  return tail ? `${path}?${tail}` : path;
}

export function siteHeaders(): Record<string, string> {
  return site === null ? {} : { "Switchboard-Site": String(site) };
}

async function call<T>(method: string, path: string, { query, body, key, signal }: Call = {}): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json", "accept-language": language, ...siteHeaders() };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method === "POST") headers["Idempotency-Key"] = key ?? crypto.randomUUID();
  let answer: Response;
  try {
    answer = await fetch(address(path, query), {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw Problem.offline(String(error));
  }
  if (!answer.ok) {
    const problem = await problemOf(answer);
    if (problem.slug === "unauthenticated" && !path.startsWith("/v1/session")) onSignedOut();
    throw problem;
  }
  if (answer.status === 204 || answer.headers.get("content-length") === "0") return undefined as T;
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) =>
    call<T>("GET", path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) }),
  post: <T>(path: string, body: unknown = {}, options: Pick<Call, "key" | "signal"> = {}) =>
    call<T>("POST", path, { body, ...options }),
  put: <T>(path: string, body: unknown = {}) => call<T>("PUT", path, { body }),
  patch: <T>(path: string, body: unknown) => call<T>("PATCH", path, { body }),
  delete: <T = void>(path: string, body?: unknown) => call<T>("DELETE", path, body === undefined ? {} : { body }),
};

/** Uploads one file with progress (0..1); fetch has no upload progress, so this is XMLHttpRequest. */
export function upload<T>(path: string, file: File, onProgress: (part: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(siteHeaders())) request.setRequestHeader(name, value);
    request.setRequestHeader("Idempotency-Key", crypto.randomUUID());
    request.upload.onprogress = (step) => step.lengthComputable && onProgress(step.loaded / step.total);
    request.onerror = () => reject(Problem.offline("the upload was cut"));
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    request.onload = async () => {
      const answer = new Response(request.responseText, { status: request.status || 599 });
      if (answer.ok) resolve(await answer.json());
      else reject(await problemOf(answer));
    };
    signal?.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}
