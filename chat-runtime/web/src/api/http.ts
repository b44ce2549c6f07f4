// One HTTP exchange with the server: JSON in and out, a deadline, and every failure as a `Problem`.
import { Problem, type ProblemBody } from './problem';

const DEADLINE_MS = 15_000;

export interface Exchange {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly token?: string;
  /** The same one again changes nothing and answers the same. */
  readonly idempotencyKey?: string;
}

/** Where the API is; tests serve it from elsewhere than the page. */
export type Origin = string;

/** Throws a `Problem` for anything but a 2xx answer. */
export async function exchange<T>(origin: Origin, path: string, request: Exchange): Promise<T> {
  const { method, body, token, idempotencyKey } = request;
  const response = await answer(`${origin}${path}`, {
    method: method ?? 'GET',
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(DEADLINE_MS),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const content = await json(response);
  if (!response.ok) throw Problem.of({ status: response.status, ...(content as ProblemBody) }, retryAfterMs(response));
  return content as T;
}

async function answer(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    throw isTimeout(error) ? Problem.timeout() : Problem.offline();
  }
}

/** A proxy's error page, or no content at all, is an empty object here. */
async function json(response: Response): Promise<unknown> {
  try {
    return (await response.json()) as unknown;
  } catch (error) {
    if (isTimeout(error)) throw Problem.timeout();
    return {};
  }
}

function retryAfterMs(response: Response): number | undefined {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
