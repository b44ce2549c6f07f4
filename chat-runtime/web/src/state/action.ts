// What can happen to the chat, as the reducer hears of it.
import type { CatchUp, Change, Conversation, Heads, HistoryPage, Presence, ReceivedMessage, User } from '../api/wire';
import type { Connection } from './chat';
import type { MarkMove } from './conversation';
import type { OutboxEntry } from './outbox';

/** Of one conversation. */
export type ConversationAction =
  | { readonly type: 'opened'; readonly conversationId: string; readonly heads: Heads }
  | { readonly type: 'heard of'; readonly conversationId: string; readonly heads: Heads }
  | { readonly type: 'closed'; readonly conversationId: string }
  | {
      readonly type: 'paged';
      readonly conversationId: string;
      readonly page: HistoryPage;
      readonly asOf: number;
    }
  | { readonly type: 'caught up'; readonly conversationId: string; readonly answer: CatchUp }
  | { readonly type: 'received'; readonly conversationId: string; readonly message: ReceivedMessage }
  | { readonly type: 'changed'; readonly conversationId: string; readonly change: Change }
  | { readonly type: 'marked'; readonly conversationId: string; readonly move: MarkMove };

/** Of a message on its way out. */
export type OutboxAction =
  | { readonly type: 'put in outbox'; readonly entry: OutboxEntry }
  | { readonly type: 'accepted'; readonly clientMessageId: string }
  | { readonly type: 'failed'; readonly clientMessageId: string; readonly reason: string }
  | { readonly type: 'queued again'; readonly clientMessageId: string }
  | { readonly type: 'discarded'; readonly clientMessageId: string }
  | { readonly type: 'reconnected' };

/** Of everything around them. */
export type ChatAction =
  | { readonly type: 'connection'; readonly connection: Connection }
  | {
      readonly type: 'listed';
      readonly conversations: readonly Conversation[];
      readonly nextCursor?: string;
    }
  | { readonly type: 'fetched'; readonly conversation: Conversation }
  | { readonly type: 'removed'; readonly conversationId: string }
  | { readonly type: 'activated'; readonly conversationId: string | undefined }
  | { readonly type: 'not opened'; readonly reason: string }
  | { readonly type: 'met'; readonly users: readonly User[] }
  | { readonly type: 'presence'; readonly presence: Readonly<Record<string, Presence>> }
  | {
      readonly type: 'typing';
      readonly conversationId: string;
      readonly userId: string;
      readonly typing: boolean;
    }
  | { readonly type: 'limited'; readonly until: number | undefined }
  | { readonly type: 'noticed'; readonly id: number; readonly text: string }
  | { readonly type: 'dismissed'; readonly id: number };

export type Action = ConversationAction | OutboxAction | ChatAction;
