/** Calls of the JSON API; a refusal becomes a Problem with its stable code. */

export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    readonly detail: string | null,
    readonly article: string | null = null,
    readonly details: unknown = null,
  ) {
    super(code);
  }
}

export async function get<T>(path: string): Promise<T> {
  return call<T>(path, {});
}

export async function post<T>(path: string, body: FormData | object): Promise<T> {
  return call<T>(path, body instanceof FormData ? { method: 'POST', body } : { method: 'POST', ...json(body) });
}

/** A file made of what is sent. */
export async function postForFile(path: string, body: FormData): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await answered(path, { method: 'POST', body })).arrayBuffer());
}

export async function put<T>(path: string, body: object): Promise<T> {
  return call<T>(path, { method: 'PUT', ...json(body) });
}

export async function remove(path: string): Promise<void> {
  await call(path, { method: 'DELETE' });
}

function json(body: object): RequestInit {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const answer = await answered(path, init);
  return (answer.status === 204 ? null : await answer.json()) as T;
}

async function answered(path: string, init: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch {
    throw new Problem('no_connection', 0, null);
  }
  if (answer.ok) return answer;
  throw await problemOf(answer);
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    const body = (await answer.json()) as Partial<Record<'code' | 'detail' | 'article' | 'details', unknown>>;
    const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
    return new Problem(text(body.code) ?? 'internal', answer.status, text(body.detail), text(body.article), body.details);
  } catch {
    return new Problem('internal', answer.status, null);
  }
}
