// The REST routes that this client uses, for who is logged in. An expired token is replaced on the way.
import { exchange, type Exchange, type Origin } from './http';
import { Problem } from './problem';
import type { Session } from './session';
import type { Conversation, HistoryPage, Page, User } from './wire';

export interface NewConversation {
  readonly type: Conversation['type'];
  /** Ids of the others. */
  readonly members: readonly string[];
  readonly name?: string;
}

const MAX_SEARCH_PAGES = 5;

export class ApiClient {
  constructor(
    private readonly origin: Origin,
    private readonly session: Session,
  ) {}

  async conversations(cursor?: string): Promise<Page<Conversation>> {
    const { conversations, nextCursor } = await this.call<{
      conversations: readonly Conversation[];
      nextCursor?: string | null;
    }>(`/conversations?${query({ cursor, limit: 50 })}`);
    return { items: conversations, ...(nextCursor && { nextCursor }) };
  }

  conversation(id: string): Promise<Conversation> {
    return this.call(`/conversations/${encodeURIComponent(id)}`);
  }

  /** Answers the one that exists when it is a direct one, or was started with the same key. */
  startConversation(conversation: NewConversation, idempotencyKey: string): Promise<Conversation> {
    return this.call('/conversations', { method: 'POST', body: conversation, idempotencyKey });
  }

  history(conversationId: string, beforeSeq: number): Promise<HistoryPage> {
    const path = `/messages/conversation/${encodeURIComponent(conversationId)}`;
    return this.call(`${path}?${query({ beforeSeq, limit: 50 })}`);
  }

  /** By a part of the name or the whole address; everybody for no text. */
  async users(text: string): Promise<readonly User[]> {
    let cursor: string | undefined;
    // A page may be empty and yet not be the last one.
    for (let pages = 0; pages < MAX_SEARCH_PAGES; pages += 1) {
      const { users, nextCursor } = await this.call<{ users: readonly User[]; nextCursor?: string }>(
        `/users?${query({ query: text || undefined, cursor, limit: 20 })}`,
      );
      if (users.length > 0 || nextCursor === undefined) return users;
      cursor = nextCursor;
    }
    return [];
  }

  user(id: string): Promise<User> {
    return this.call(`/user/${encodeURIComponent(id)}`);
  }

  private async call<T>(path: string, request: Exchange = {}): Promise<T> {
    const token = await this.session.freshToken();
    try {
      return await exchange(this.origin, `/api/v1${path}`, { ...request, token });
    } catch (error) {
      if (!(error instanceof Problem && error.status === 401)) throw error;
      const renewed = await this.session.refresh(token);
      return exchange(this.origin, `/api/v1${path}`, { ...request, token: renewed });
    }
  }
}

function query(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}
