// Somebody with an account and one connection of the official client. What comes is kept until a check asks for it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { io } from 'socket.io-client';

/** Longer than anything that a check waits for takes on a loaded machine. */
export const DEADLINE_MS = 20_000;

/** POSTs JSON and answers the JSON that comes back; `token` may be missing. */
export function post(url, path, body, token) {
  return answer(url, path, token, { method: 'POST', body: JSON.stringify(body) });
}

/** GETs the JSON that is there. */
export function get(url, path, token) {
  return answer(url, path, token, {});
}

async function answer(url, path, token, request) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const response = await fetch(`${url}/api/v1${path}`, { ...request, headers, signal });
  assert.ok(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

export class Person {
  events = [];
  #wake = () => {};

  constructor(id, token, socket) {
    Object.assign(this, { id, token, socket });
    socket.onAny((name, payload) => this.#keep(name, payload));
    for (const name of ['connect', 'connect_error', 'disconnect']) {
      socket.on(name, (payload) => this.#keep(name, payload));
    }
  }

  /** Registers somebody of this name, whom nobody registered before, and prepares a connection, which `connect` opens. `options`
   * are the client's own. */
  static async register(url, name, transports, options = {}) {
    const body = { email: `${name}-${randomUUID()}@example.org`, password: `the password of ${name}`, name };
    const { user, accessToken } = await post(url, '/auth/register', body);
    return new Person(user.id, accessToken, socket(url, transports, { token: accessToken }, options));
  }

  /** Somebody with such an `auth`, who need not be anybody. */
  static stranger(url, transports, auth) {
    return new Person(undefined, undefined, socket(url, transports, auth));
  }

  async connect() {
    this.socket.connect();
    await this.next('connect');
  }

  /** Sends an event; the acknowledgement. */
  ask(event, payload) {
    return this.socket.timeout(DEADLINE_MS).emitWithAck(event, payload);
  }

  /** The same for an event that must succeed. */
  async ok(event, payload) {
    const answer = await this.ask(event, payload);
    assert.equal(answer.ok, true, `${event}: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** The payload of the next event of this name that fits; others stay. */
  async next(name, fits = () => true) {
    const end = Date.now() + DEADLINE_MS;
    for (;;) {
      const found = this.events.findIndex((event) => event.name === name && fits(event.payload));
      if (found >= 0) return this.events.splice(found, 1)[0].payload;
      const left = end - Date.now();
      if (left <= 0) throw new Error(`no ${name}; there are ${JSON.stringify(this.events)}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #keep(name, payload) {
    this.events.push({ name, payload });
    this.#wake();
  }
}

function socket(url, transports, auth, options = {}) {
  return io(url, { transports, auth, autoConnect: false, forceNew: true, reconnectionDelay: 100, ...options });
}
