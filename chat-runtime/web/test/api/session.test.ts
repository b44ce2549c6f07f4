import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from '../../src/api/client';
import { Session } from '../../src/api/session';
import { MemoryStorage } from '../memory-storage';
import { TokenServer } from './token-server';

const REFRESH = '/api/v1/auth/refresh';

describe('a session', () => {
  let server: TokenServer;
  let storage: MemoryStorage;
  let session: Session;

  beforeEach(async () => {
    server = await TokenServer.start();
    storage = new MemoryStorage();
    session = Session.begin(server.origin, storage, server.signedIn);
  });
  afterEach(() => server.stop());

  it('refreshes once for all who find the token expired at the same time', async () => {
    server.expireAccessToken();
    const api = new ApiClient(server.origin, session);
    const users = await Promise.all(Array.from({ length: 10 }, () => api.user('u2')));
    expect(users.map((user) => user.name)).toEqual(Array.from({ length: 10 }, () => 'Bob'));
    expect(server.asked.filter((path) => path === REFRESH)).toHaveLength(1);
  });

  it('takes what another tab has refreshed instead of using an old token', async () => {
    const other = Session.restore(server.origin, storage);
    const first = await session.refresh(session.token);
    await expect(other?.refresh(other.token)).resolves.toBe(first);
    expect(server.asked.filter((path) => path === REFRESH)).toHaveLength(1);
  });

  it('tells of a new token, and does not refresh one that was replaced already', async () => {
    const told: string[] = [];
    session.onToken((token) => told.push(token));
    const old = session.token;
    const fresh = await session.refresh(old);
    await expect(session.refresh(old)).resolves.toBe(fresh);
    expect(told).toEqual([fresh]);
  });

  it('ends with the reason when its refresh token is refused', async () => {
    const ends: (string | undefined)[] = [];
    const stale = { ...server.signedIn, refreshToken: 'refresh 0' };
    const stolen = Session.begin(server.origin, storage, stale);
    stolen.onEnd((reason) => ends.push(reason));
    await expect(stolen.refresh(stolen.token)).rejects.toMatchObject({ code: 'REFRESH_REFUSED' });
    expect(ends).toEqual(['Your session has ended. Log in again.']);
    expect(Session.restore(server.origin, storage)).toBeUndefined();
  });

  it('outlives a server that cannot be reached', async () => {
    const { origin } = server;
    await server.stop();
    await expect(session.refresh(session.token)).rejects.toMatchObject({ code: 'OFFLINE', isRetryable: true });
    expect(Session.restore(origin, storage)?.user.name).toBe('Ann');
    server = await TokenServer.start();
  });

  it('is forgotten here by logging out, and the server is told', async () => {
    await session.logOut();
    expect(storage.length).toBe(0);
    expect(server.asked).toEqual(['/api/v1/auth/logout']);
  });

  it('follows another tab that logged out', () => {
    const ends: (string | undefined)[] = [];
    session.onEnd((reason) => ends.push(reason));
    storage.clear();
    session.adopt();
    expect(ends).toEqual([undefined]);
  });

  it('counts its life by its own clock, whatever the server dates it', () => {
    const left = session.expiresAt - Date.now();
    expect(left).toBeGreaterThan(890_000);
    expect(left).toBeLessThanOrEqual(900_000);
  });
});
