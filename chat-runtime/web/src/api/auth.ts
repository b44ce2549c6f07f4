// Ways into the chat: an account and its password, or one of the demo accounts of a server on this machine.
import { exchange, type Origin } from './http';
import type { SignedIn } from './wire';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface DemoAccount extends Credentials {
  readonly name: string;
}

export function logIn(origin: Origin, { email, password }: Credentials): Promise<SignedIn> {
  return exchange(origin, '/api/v1/auth/login', { method: 'POST', body: { email, password } });
}

export function register(origin: Origin, account: Credentials & { readonly name: string }): Promise<SignedIn> {
  const { email, password, name } = account;
  return exchange(origin, '/api/v1/auth/register', { method: 'POST', body: { email, password, name } });
}

/** Empty where the server offers none. */
export async function demoAccounts(origin: Origin): Promise<readonly DemoAccount[]> {
  try {
    const { accounts } = await exchange<{ accounts?: readonly DemoAccount[] }>(origin, '/demo.json', {});
    return accounts ?? [];
  } catch {
    // They are an offer, not a need: the form works without.
    return [];
  }
}
