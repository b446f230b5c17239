/** What all routes of the mock share: refusing, and answering with a list. */
export class Refusal extends Error {
  constructor(status, slug, detail, field) {
    super(detail);
    Object.assign(this, { status, slug, field });
  }
}
export const missing = (what) => new Refusal(404, "missing", `${what} not found`);
export const list = (items) => ({ items, next: null });
/** One page of a list, by the query's `after` and `limit`. */
export function paged(items, query) {
  const start = Number(query.get("after") ?? 0);
  const limit = Number(query.get("limit") ?? 50);
  return { items: items.slice(start, start + limit), next: items.length > start + limit ? String(start + limit) : null };
}
export const ago = (minutes) => new Date(Date.now() - minutes * 60_000).toISOString();
