// A login on this browser: its tokens, kept across reloads and shared by the browser's tabs.
//
// A refresh token is good for one use, and using an old one ends the login everywhere. So only one refresh may be
// under way in the whole browser: the others wait for it and take what it brought.
import { exchange, type Origin } from './http';
import { Problem } from './problem';
import type { SignedIn, Tokens, User } from './wire';

const KEY = 'talkline.session';
const LOCK = 'talkline.refresh';

interface Stored extends SignedIn {
  /** By this browser's clock (`Date.now()`), whatever the server's says. */
  readonly expiresAt: number;
}

export class Session {
  private refreshing: Promise<string> | undefined;
  private readonly tokenListeners = new Set<(token: string) => void>();
  private readonly endListeners = new Set<(reason: string | undefined) => void>();

  private constructor(
    private readonly origin: Origin,
    private readonly storage: Storage,
    private stored: Stored,
  ) {}

  /** The login that this browser remembers. */
  static restore(origin: Origin, storage: Storage): Session | undefined {
    const stored = read(storage);
    return stored && new Session(origin, storage, stored);
  }

  static begin(origin: Origin, storage: Storage, signedIn: SignedIn): Session {
    const session = new Session(origin, storage, withExpiry(signedIn));
    session.write(session.stored);
    return session;
  }

  get user(): User {
    return this.stored.user;
  }

  get token(): string {
    return this.stored.accessToken;
  }

  /** When the access token ends, by this browser's clock. */
  get expiresAt(): number {
    return this.stored.expiresAt;
  }

  /** An access token that is good for a while yet. */
  async freshToken(): Promise<string> {
    return Date.now() < this.expiresAt - 10_000 ? this.token : this.refresh(this.token);
  }

  /** Replaces the access token `used`, unless that has happened already. Ends the session when it is over. */
  refresh(used: string): Promise<string> {
    if (used !== this.token) return Promise.resolve(this.token);
    this.refreshing ??= alone(() => this.rotate(used)).finally(() => (this.refreshing = undefined));
    return this.refreshing;
  }

  onToken(listener: (token: string) => void): () => void {
    this.tokenListeners.add(listener);
    return () => this.tokenListeners.delete(listener);
  }

  onEnd(listener: (reason: string | undefined) => void): () => void {
    this.endListeners.add(listener);
    return () => this.endListeners.delete(listener);
  }

  /** Forgets the tokens here, at once; the server is told as well as the connection allows. */
  async logOut(): Promise<void> {
    const { refreshToken } = read(this.storage) ?? this.stored;
    this.end();
    await exchange(this.origin, '/api/v1/auth/logout', { method: 'POST', body: { refreshToken } });
  }

  /** Another tab has logged out, in, or refreshed: go by what it left. */
  adopt(): void {
    const found = read(this.storage);
    if (found?.user.id !== this.user.id) return this.tell(undefined);
    this.take(found);
  }

  end(reason?: string): void {
    this.storage.removeItem(KEY);
    this.tell(reason);
  }

  private async rotate(used: string): Promise<string> {
    // Another tab may have been first.
    const found = read(this.storage);
    if (found && found.accessToken !== used && found.user.id === this.user.id) return this.take(found);
    try {
      const tokens = await exchange<Tokens>(this.origin, '/api/v1/auth/refresh', {
        method: 'POST',
        body: { refreshToken: this.stored.refreshToken },
      });
      const next = withExpiry({ ...this.stored, ...tokens });
      this.write(next);
      return this.take(next);
    } catch (error) {
      if (error instanceof Problem && !error.isRetryable) this.end('Your session has ended. Log in again.');
      throw error;
    }
  }

  private take(stored: Stored): string {
    const isNew = stored.accessToken !== this.token;
    this.stored = stored;
    if (isNew) for (const listener of this.tokenListeners) listener(stored.accessToken);
    return stored.accessToken;
  }

  private write(stored: Stored): void {
    this.storage.setItem(KEY, JSON.stringify(stored));
  }

  private tell(reason: string | undefined): void {
    for (const listener of this.endListeners) listener(reason);
  }
}

export function isSessionKey(key: string | null): boolean {
  return key === KEY || key === null;
}

function read(storage: Storage): Stored | undefined {
  try {
    return (JSON.parse(storage.getItem(KEY) ?? 'null') as Stored | null) ?? undefined;
  } catch {
    // Not written by this client: as good as nothing.
    return undefined;
  }
}

/** The token says how long it lives; counting from now makes a wrong clock here harmless. */
function withExpiry(signedIn: SignedIn): Stored {
  const { user, accessToken, refreshToken } = signedIn;
  return { user, accessToken, refreshToken, expiresAt: Date.now() + lifetimeMs(accessToken) };
}

function lifetimeMs(token: string): number {
  const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  const { exp, iat } = JSON.parse(atob(payload)) as { exp: number; iat: number };
  return (exp - iat) * 1000;
}

/** Runs with no other tab doing the same, where the browser can (it needs a secure origin or localhost). */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks;
  return locks ? await locks.request(LOCK, work) : work();
}
