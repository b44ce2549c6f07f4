// The socket: connected whenever it can be, with a token that is good, and with a deadline on every question.
import { io, type Socket } from 'socket.io-client';
import { Problem, type ProblemBody } from '../api/problem';
import type { Session } from '../api/session';
import type { Connection } from '../state/chat';

const DEADLINE_MS = 10_000;
/** Between tries to get a token while the server is away. */
const TOKEN_RETRY_MS = 3_000;
/** Between tries to be let in after a refusal that passes, spread over as long again. */
const REFUSED_RETRY_MS = 30_000;
/** The token is renewed when this part of its life is over. */
const RENEW_AT = 0.8;

type Acknowledgement<T> =
  ({ readonly ok: true } & T) | { readonly ok: false; readonly error: ProblemBody; readonly retryAfterMs?: number };

export class Link {
  readonly socket: Socket;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** In a row: the second token refused means that a third one is not worth hurrying for. */
  private refusals = 0;
  private stopped = false;
  private readonly stopListening: () => void;

  constructor(
    origin: string,
    private readonly session: Session,
    private readonly onConnection: (connection: Connection) => void,
  ) {
    this.socket = io(origin || undefined, {
      autoConnect: false,
      // WebSocket first: it needs no sticky sessions in front of several gateways.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
      auth: (give) => void this.authenticate(give),
    });
    this.socket.on('connect', () => this.connected());
    this.socket.on('disconnect', (reason) => this.disconnected(reason));
    this.socket.on('connect_error', (error) => this.refused(error));
    this.socket.on('server:draining', ({ reconnectWithinMs }) => this.moveOn(reconnectWithinMs));
    this.stopListening = session.onToken((token) => void this.renew(token));
  }

  get isOnline(): boolean {
    return this.socket.connected;
  }

  start(): void {
    this.onConnection('connecting');
    this.socket.connect();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.stopListening();
    this.socket.removeAllListeners();
    this.socket.disconnect();
  }

  /** The network may be back: do not wait for the next try. */
  nudge(): void {
    if (!this.isOnline) this.socket.disconnect().connect();
  }

  /** Asks and waits for the acknowledgement; throws a `Problem` for anything but `ok`. */
  async request<T>(event: string, payload: object): Promise<T> {
    if (!this.isOnline) throw Problem.offline();
    const answer = await this.ask<T>(event, payload);
    if (!answer.ok) throw Problem.of(answer.error, answer.error.retryAfterMs ?? answer.retryAfterMs);
    return answer;
  }

  /** Says something that is worth nothing later: dropped while there is no connection. */
  tell(event: string, payload: object): void {
    if (this.isOnline) this.socket.volatile.emit(event, payload);
  }

  private async ask<T>(event: string, payload: object): Promise<Acknowledgement<T>> {
    try {
      return (await this.socket.timeout(DEADLINE_MS).emitWithAck(event, payload)) as Acknowledgement<T>;
    } catch {
      throw this.isOnline ? Problem.timeout() : Problem.offline();
    }
  }

  private async authenticate(give: (auth: object) => void): Promise<void> {
    // Without a good token the old one is tried: the server's refusal then says what is wrong with it.
    const token = await this.session.freshToken().catch(() => this.session.token);
    give({ token });
  }

  private connected(): void {
    this.refusals = 0;
    this.renewLater();
    this.onConnection('online');
  }

  private disconnected(reason: string): void {
    clearTimeout(this.timer);
    this.onConnection(navigator.onLine ? 'connecting' : 'offline');
    // The one case in which the library does not reconnect by itself.
    if (reason === 'io server disconnect') this.socket.connect();
  }

  private refused(error: Error): void {
    this.onConnection(navigator.onLine ? 'connecting' : 'offline');
    if (this.socket.active) return;
    if (error.message === 'TOKEN_EXPIRED' || error.message === 'UNAUTHENTICATED') this.retryLater();
    else if (error.message === 'TOO_MANY_SOCKETS') this.tryAgain('crowded');
    else if (error.message === 'UNAVAILABLE') this.tryAgain('connecting');
    else this.session.end(`The server refused this page (${error.message}).`);
  }

  /** The library does not try again by itself after a refusal. */
  private tryAgain(connection: Connection): void {
    this.onConnection(connection);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.socket.connect(), REFUSED_RETRY_MS * (1 + Math.random()));
  }

  private retryLater(): void {
    this.refusals += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.retryWithNewToken(), this.refusals > 1 ? TOKEN_RETRY_MS : 0);
  }

  private async retryWithNewToken(): Promise<void> {
    try {
      await this.session.refresh(this.session.token);
      if (!this.stopped) this.socket.connect();
    } catch (error) {
      // When it is the session that ended, it has said so itself.
      if (error instanceof Problem && error.isRetryable) this.retryLater();
    }
  }

  private renewLater(): void {
    clearTimeout(this.timer);
    const left = this.session.expiresAt - Date.now();
    this.timer = setTimeout(() => void this.refreshQuietly(), Math.max(left * RENEW_AT, 1_000));
  }

  private async refreshQuietly(): Promise<void> {
    try {
      await this.session.refresh(this.session.token);
    } catch {
      // The connection goes on until the old token ends; by then there is another try.
      this.renewLater();
    }
  }

  /** Any new token, whoever fetched it, extends the connection. */
  private async renew(token: string): Promise<void> {
    if (!this.isOnline) return;
    this.renewLater();
    try {
      await this.request('auth:renew', { token });
    } catch {
      // The server ends the connection with the old token; connecting anew takes the new one.
    }
  }

  /** The gateway goes away: connect to another one, but not all clients at once. */
  private moveOn(reconnectWithinMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.socket.disconnect().connect(), Math.random() * reconnectWithinMs);
  }
}
