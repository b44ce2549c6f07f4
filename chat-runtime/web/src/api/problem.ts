// Every failure that the rest of the client handles: what the server said (RFC 9457), or that it said nothing.

export interface ProblemBody {
  readonly status?: number;
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  readonly retryAfterMs?: number;
}

export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    /** Stable, SCREAMING_SNAKE. `OFFLINE`, `TIMEOUT` and `UNREADABLE` are this client's own. */
    readonly code: string,
    /** In words for who uses this client. */
    message: string,
    /** The HTTP status; 0 when there was no answer. */
    readonly status: number,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }

  static of(body: ProblemBody, retryAfterMs = body.retryAfterMs): Problem {
    const fields = (body.errors ?? []).map(({ field, message }) => `${field}: ${message}`).join('; ');
    const words = fields || body.detail || body.title || 'The server refused this.';
    return new Problem(body.code ?? 'UNREADABLE', words, body.status ?? 0, retryAfterMs);
  }

  static offline(): Problem {
    return new Problem('OFFLINE', 'The server cannot be reached. Check your connection.', 0);
  }

  static timeout(): Problem {
    return new Problem('TIMEOUT', 'The server did not answer in time.', 0);
  }

  get isLimited(): boolean {
    return this.code === 'RATE_LIMITED' || this.status === 429;
  }

  /** Whether the very same request may succeed later without anyone changing anything. */
  get isRetryable(): boolean {
    return this.isLimited || this.status === 0 || this.status >= 500;
  }
}

/** The words to show for anything that was thrown. */
export function wordsOf(error: unknown): string {
  if (error instanceof Problem && error.isLimited) return `${error.message} ${waitText(error.retryAfterMs)}`.trim();
  return error instanceof Problem ? error.message : 'Something went wrong in this page. Reload it to go on.';
}

function waitText(retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined) return '';
  const seconds = Math.ceil(retryAfterMs / 1000);
  return seconds < 90 ? `Try again in ${seconds} s.` : `Try again in ${Math.ceil(seconds / 60)} min.`;
}
