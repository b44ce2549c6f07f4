// Everything that is on the screen, apart from what is being typed: one value, changed only by the reducer.
import type { Presence, User } from '../api/wire';
import type { ConversationState } from './conversation';
import type { Outbox } from './outbox';

/** `crowded`: the user has as many connections as they may, and this page waits for one of them to end. */
export type Connection = 'connecting' | 'online' | 'offline' | 'crowded';

export interface Notice {
  readonly id: number;
  readonly text: string;
}

export interface ChatState {
  readonly me: User;
  readonly connection: Connection;
  readonly conversations: Readonly<Record<string, ConversationState>>;
  /** Undefined until the list was fetched once. */
  readonly listed: { readonly nextCursor?: string } | undefined;
  readonly activeId: string | undefined;
  /** Why the active conversation could not be opened. */
  readonly openProblem: string | undefined;
  readonly users: Readonly<Record<string, User>>;
  readonly presence: Readonly<Record<string, Presence>>;
  /** Who is typing, by conversation. */
  readonly typing: Readonly<Record<string, readonly string[]>>;
  readonly outbox: Outbox;
  /** Sending rests until then (a time of `Date.now()`), by a limit of the server. */
  readonly limitedUntil: number | undefined;
  readonly notices: readonly Notice[];
}

export function initialChat(me: User, outbox: Outbox): ChatState {
  return {
    me,
    connection: 'connecting',
    conversations: {},
    listed: undefined,
    activeId: undefined,
    openProblem: undefined,
    users: { [me.id]: me },
    presence: {},
    typing: {},
    outbox,
    limitedUntil: undefined,
    notices: [],
  };
}
