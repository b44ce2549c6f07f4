// The one way in which the chat's state changes. Pure: the same state and action give the same state.
import type { Action, ChatAction, ConversationAction, OutboxAction } from './action';
import type { ChatState } from './chat';
import * as conversations from './conversation';
import type { ConversationState } from './conversation';
import * as outboxes from './outbox';
import type { Outbox } from './outbox';

export function reduce(state: ChatState, action: Action): ChatState {
  switch (action.type) {
    case 'opened':
    case 'heard of':
    case 'closed':
    case 'paged':
    case 'caught up':
    case 'received':
    case 'changed':
    case 'marked':
      return inConversation(state, action);
    case 'put in outbox':
    case 'accepted':
    case 'failed':
    case 'queued again':
    case 'discarded':
    case 'reconnected':
      return { ...state, outbox: inOutbox(state.outbox, action) };
    default:
      return around(state, action);
  }
}

function inConversation(state: ChatState, action: ConversationAction): ChatState {
  const known = state.conversations[action.conversationId];
  if (known === undefined) return state;
  const next = conversationAfter(known, action, state.me.id);
  const changed = { ...state, conversations: { ...state.conversations, [action.conversationId]: next } };
  return settled(action.type === 'received' ? stoppedTyping(changed, action) : changed, next);
}

function conversationAfter(known: ConversationState, action: ConversationAction, me: string): ConversationState {
  switch (action.type) {
    case 'opened':
      return conversations.opened(known, action.heads, me);
    case 'heard of':
      return conversations.heardOf(known, action.heads);
    case 'closed':
      return conversations.closed(known);
    case 'paged':
      return conversations.paged(known, action.page, action.asOf, me);
    case 'caught up':
      return conversations.caughtUp(known, action.answer, me);
    case 'received':
      return conversations.received(known, action.message, me);
    case 'changed':
      return conversations.changed(known, action.change, me);
    case 'marked':
      return conversations.mark(known, [action.move], me);
  }
}

/** What is in the history needs no place in the outbox. */
function settled(state: ChatState, { info, timeline }: ConversationState): ChatState {
  const stored = [...(info.lastMessage ? [info.lastMessage] : []), ...(timeline?.messages ?? [])];
  const outbox = outboxes.settle(state.outbox, stored, state.me.id);
  return outbox === state.outbox ? state : { ...state, outbox };
}

function inOutbox(outbox: Outbox, action: OutboxAction): Outbox {
  switch (action.type) {
    case 'put in outbox':
      return outboxes.put(outbox, action.entry);
    case 'accepted':
      return outboxes.accepted(outbox, action.clientMessageId);
    case 'failed':
      return outboxes.failed(outbox, action.clientMessageId, action.reason);
    case 'queued again':
      return outboxes.queued(outbox, action.clientMessageId);
    case 'discarded':
      return outboxes.remove(outbox, action.clientMessageId);
    case 'reconnected':
      return outboxes.requeueAccepted(outbox);
  }
}

function around(state: ChatState, action: ChatAction): ChatState {
  switch (action.type) {
    case 'connection':
      return { ...state, connection: action.connection };
    case 'listed':
      return {
        ...action.conversations.reduce(withFetched, state),
        listed: withCursor(action.nextCursor),
      };
    case 'fetched':
      return withFetched(state, action.conversation);
    case 'removed':
      return without(state, action.conversationId);
    case 'activated':
      return { ...state, activeId: action.conversationId, openProblem: undefined };
    case 'not opened':
      return { ...state, openProblem: action.reason };
    case 'met':
      return {
        ...state,
        users: action.users.reduce((all, user) => ({ ...all, [user.id]: user }), state.users),
      };
    case 'presence':
      return { ...state, presence: { ...state.presence, ...action.presence } };
    case 'typing':
      return typed(state, action);
    case 'limited':
      return { ...state, limitedUntil: action.until };
    case 'noticed':
      return { ...state, notices: [...state.notices, { id: action.id, text: action.text }].slice(-3) };
    case 'dismissed':
      return { ...state, notices: state.notices.filter((notice) => notice.id !== action.id) };
  }
}

const withCursor = (nextCursor?: string) => (nextCursor === undefined ? {} : { nextCursor });

function withFetched(state: ChatState, info: ConversationState['info']): ChatState {
  const next = conversations.fetched(state.conversations[info.id], info, state.me.id);
  const users = { ...state.users, ...namedIn(info) };
  return settled({ ...state, users, conversations: { ...state.conversations, [info.id]: next } }, next);
}

function namedIn({ members }: ConversationState['info']): ChatState['users'] {
  const named = members.flatMap(({ userId, name }) => (name === undefined ? [] : [{ id: userId, name }]));
  return Object.fromEntries(named.map((user) => [user.id, user]));
}

function without(state: ChatState, conversationId: string): ChatState {
  const { [conversationId]: _removed, ...rest } = state.conversations;
  const activeId = state.activeId === conversationId ? undefined : state.activeId;
  const outbox = state.outbox.filter((entry) => entry.conversationId !== conversationId);
  return { ...state, conversations: rest, activeId, outbox };
}

function typed(state: ChatState, on: { conversationId: string; userId: string; typing: boolean }): ChatState {
  const others = (state.typing[on.conversationId] ?? []).filter((userId) => userId !== on.userId);
  const now = on.typing && on.userId !== state.me.id ? [...others, on.userId] : others;
  return { ...state, typing: { ...state.typing, [on.conversationId]: now } };
}

/** Who has just sent something is done typing, even when the event that says so is late. */
function stoppedTyping(state: ChatState, { message }: { message: { conversationId: string; senderId: string } }) {
  return typed(state, { conversationId: message.conversationId, userId: message.senderId, typing: false });
}
