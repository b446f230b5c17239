import type { ProblemBody } from "./types";

/** A refusal of the server (RFC 9457), or the lack of any answer (`offline`). */
export class Problem extends Error {
  readonly slug: string;
  readonly status: number;
  readonly field: string | undefined;
  readonly requestId: string | undefined;

  constructor(body: ProblemBody) {
    super(body.detail ?? body.title);
    this.name = "Problem";
    this.slug = body.type.slice(body.type.lastIndexOf("/") + 1);
    this.status = body.status;
    this.field = body.field ?? undefined;
    this.requestId = body.request_id ?? undefined;
  }

  static offline(detail: string): Problem {
    return new Problem({ type: "/offline", title: "offline", status: 0, detail });
  }

  static is(error: unknown, slug?: string): error is Problem {
    return error instanceof Problem && (slug === undefined || error.slug === slug);
  }
}

/** Reads a refused answer; a proxy's HTML page becomes a problem too. */
export async function problemOf(answer: Response): Promise<Problem> {
  const fallback = { type: "/broken", title: answer.statusText || "broken", status: answer.status };
  try {
    const body: unknown = await answer.json();
    if (body && typeof body === "object" && "type" in body && "status" in body) return new Problem(body as ProblemBody);
  } catch {
    // not JSON: the fallback says what is known
  }
  return new Problem(fallback);
}
