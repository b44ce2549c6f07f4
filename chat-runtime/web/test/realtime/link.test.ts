// The socket against a real Socket.IO server that asks for the newest token.
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Session } from '../../src/api/session';
import { Link } from '../../src/realtime/link';
import type { Connection } from '../../src/state/chat';
import { TokenServer } from '../api/token-server';
import { MemoryStorage } from '../memory-storage';

const SOON = { timeout: 5_000, interval: 10 };

describe('the link', () => {
  let tokens: TokenServer;
  let http: HttpServer;
  let server: Server;
  let link: Link;
  let session: Session;
  let connections: Connection[];
  let refuse: (token: string) => string | undefined;

  beforeEach(async () => {
    // The browser's own word on whether there is a network at all.
    vi.stubGlobal('navigator', { onLine: true });
    tokens = await TokenServer.start();
    http = createServer();
    server = new Server(http);
    server.use((socket, next) => {
      const reason = refuse(String(socket.handshake.auth['token']));
      next(reason === undefined ? undefined : new Error(reason));
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    refuse = () => undefined;
    connections = [];
    session = Session.begin(tokens.origin, new MemoryStorage(), tokens.signedIn);
    const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    link = new Link(origin, session, (connection) => connections.push(connection));
  });
  afterEach(async () => {
    link.stop();
    await server.close();
    await tokens.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const online = () => vi.waitFor(() => expect(link.isOnline).toBe(true), SOON);

  it('replaces a token that the server calls expired, and connects', async () => {
    const old = session.token;
    refuse = (token) => (token === old ? 'TOKEN_EXPIRED' : undefined);
    link.start();
    await online();
    expect(session.token).not.toBe(old);
    expect(connections.at(-1)).toBe('online');
  });

  it('does not hurry when the second token is refused too', async () => {
    let refused = 0;
    refuse = () => {
      refused += 1;
      return 'UNAUTHENTICATED';
    };
    link.start();
    await vi.waitFor(() => expect(refused).toBe(2), SOON);
    // That nothing happens can only be seen by waiting: without the pause there would be dozens by then.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(refused).toBe(2);
  });

  it.each([
    ['TOO_MANY_SOCKETS', 'crowded'],
    ['UNAVAILABLE', 'connecting'],
  ])('waits without hurrying after %s, logged in', async (reason, shown) => {
    let refused = 0;
    refuse = () => {
      refused += 1;
      return reason;
    };
    const ended = vi.fn();
    session.onEnd(ended);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    link.start();
    await vi.waitFor(() => expect(refused).toBe(1), SOON);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(connections.at(-1)).toBe(shown);
    expect(refused).toBe(1);
    refuse = () => undefined;
    await vi.advanceTimersByTimeAsync(32_000);
    await online();
    expect(connections.at(-1)).toBe('online');
    expect(ended).not.toHaveBeenCalled();
  });

  it('extends the connection with every new token', async () => {
    const renewed: string[] = [];
    server.on('connection', (socket) => {
      socket.on('auth:renew', ({ token }: { token: string }, answer: (ok: object) => void) => {
        renewed.push(token);
        answer({ ok: true, expiresAt: '2026-01-01T00:00:00.000Z' });
      });
    });
    link.start();
    await online();
    const fresh = await session.refresh(session.token);
    await vi.waitFor(() => expect(renewed).toEqual([fresh]), SOON);
  });

  it('answers a question with its acknowledgement, or with the problem in it', async () => {
    server.on('connection', (socket) => {
      socket.on('good', (_payload: object, answer: (ok: object) => void) => answer({ ok: true, seq: 7 }));
      socket.on('bad', (_payload: object, answer: (ok: object) => void) =>
        answer({ ok: false, error: { status: 429, code: 'RATE_LIMITED', title: 'Too many', retryAfterMs: 1500 } }),
      );
    });
    link.start();
    await online();
    await expect(link.request('good', {})).resolves.toMatchObject({ seq: 7 });
    await expect(link.request('bad', {})).rejects.toMatchObject({ isLimited: true, retryAfterMs: 1500 });
  });

  it('refuses questions at once while there is no connection', async () => {
    await expect(link.request('any', {})).rejects.toMatchObject({ code: 'OFFLINE', isRetryable: true });
  });

  it('moves on when its gateway drains, and comes back when the connection breaks', async () => {
    const seen: string[] = [];
    server.on('connection', (socket) => seen.push(socket.id));
    link.start();
    await online();
    server.emit('server:draining', { reconnectWithinMs: 10 });
    await vi.waitFor(() => expect(seen).toHaveLength(2), SOON);
    await online();
    server.disconnectSockets(true);
    await vi.waitFor(() => expect(seen).toHaveLength(3), SOON);
    expect(connections).toContain('connecting');
  });
});
