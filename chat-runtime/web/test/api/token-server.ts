// A server of tokens over real HTTP: each refresh token is good once, and using an old one ends the login.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SignedIn, Tokens } from '../../src/api/wire';

export class TokenServer {
  /** The paths asked for, in order. */
  readonly asked: string[] = [];
  private readonly server: Server;
  private current: Tokens = tokens(1);
  private isEnded = false;

  private constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<TokenServer> {
    const started = new TokenServer();
    await new Promise<void>((resolve) => started.server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get signedIn(): SignedIn {
    return { user: { id: 'u1', name: 'Ann' }, ...this.current };
  }

  /** As time would. */
  expireAccessToken(): void {
    this.current = { ...this.current, accessToken: 'none' };
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private async answer(request: IncomingMessage): Promise<[number, unknown]> {
    this.asked.push(request.url ?? '');
    if (request.url === '/api/v1/auth/refresh') return this.refresh(await bodyOf(request));
    if (request.url === '/api/v1/auth/logout') return [204, {}];
    if (request.headers.authorization !== `Bearer ${this.current.accessToken}`) return refused('TOKEN_EXPIRED');
    return [200, { id: 'u2', name: 'Bob' }];
  }

  private refresh({ refreshToken }: { refreshToken: string }): [number, unknown] {
    if (this.isEnded || refreshToken !== this.current.refreshToken) {
      this.isEnded = true;
      return refused('REFRESH_REFUSED');
    }
    this.current = tokens(Number(refreshToken.slice('refresh '.length)) + 1);
    return [200, this.current];
  }
}

function refused(code: string): [number, unknown] {
  return [401, { status: 401, code, title: 'Not good' }];
}

/** The client reads of an access token how long it lives, nothing else. */
function tokens(number: number): Tokens {
  const claims = Buffer.from(JSON.stringify({ iat: 0, exp: 900, number })).toString('base64url');
  return { accessToken: `e30.${claims}.signature`, refreshToken: `refresh ${number}` };
}

async function bodyOf(request: IncomingMessage): Promise<{ refreshToken: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as { refreshToken: string };
}
