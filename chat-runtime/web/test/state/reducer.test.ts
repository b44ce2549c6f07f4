import { describe, expect, it } from 'vitest';
import type { Conversation, ReceivedMessage } from '../../src/api/wire';
import type { Action } from '../../src/state/action';
import { initialChat, type ChatState } from '../../src/state/chat';
import type { OutboxEntry } from '../../src/state/outbox';
import { reduce } from '../../src/state/reducer';
import { ordered, tickOf, tickOfEntry, titleOf, typingText } from '../../src/state/view';

const AT = '2026-01-01T00:00:00.000Z';
const me = { id: 'me', name: 'Me' };

const direct: Conversation = {
  id: 'c',
  type: 'direct',
  members: [
    { userId: 'me', role: 'member', name: 'Me' },
    { userId: 'ann', role: 'member', name: 'Ann' },
  ],
  memberCount: 2,
  createdAt: AT,
  lastSeq: 0,
  lastChangeSeq: 1,
  readSeq: 0,
  unread: 0,
};

function message(seq: number, senderId: string, clientMessageId: string): ReceivedMessage {
  return {
    id: `m${seq}`,
    conversationId: 'c',
    seq,
    senderId,
    clientMessageId,
    type: 'text',
    text: 'hi',
    createdAt: AT,
  };
}

const entry: OutboxEntry = { clientMessageId: 'k', conversationId: 'c', text: 'hi', createdAt: AT, state: 'queued' };

function after(...actions: Action[]): ChatState {
  return actions.reduce(reduce, reduce(initialChat(me, []), { type: 'fetched', conversation: direct }));
}

describe('the chat', () => {
  it('moves the tick of a message from waiting to read, and has it once', () => {
    const put: Action = { type: 'put in outbox', entry };
    const accepted: Action = { type: 'accepted', clientMessageId: 'k' };
    const stored: Action = { type: 'received', conversationId: 'c', message: message(1, 'me', 'k') };
    const delivered: Action = { type: 'marked', conversationId: 'c', move: { userId: 'ann', deliveredSeq: 1 } };
    const read: Action = { type: 'marked', conversationId: 'c', move: { userId: 'ann', readSeq: 1 } };
    const tick = (state: ChatState) => {
      const conversation = state.conversations['c'];
      const [waiting] = state.outbox;
      if (waiting) return tickOfEntry(waiting);
      return conversation?.info.lastMessage && tickOf(conversation, conversation.info.lastMessage);
    };
    const steps = [put, accepted, stored, delivered, read];
    const ticks = steps.map((_, index) => tick(after(...steps.slice(0, index + 1))));
    expect(ticks).toEqual(['waiting', 'accepted', 'stored', 'delivered', 'read']);
    expect(after(...steps).outbox).toEqual([]);
  });

  it('drops what came back by any way: an event, the list, or a page of history', () => {
    const put: Action = { type: 'put in outbox', entry };
    const own = { ...message(1, 'me', 'k'), changeSeq: 0, reactions: {} };
    const ways: Action[] = [
      { type: 'received', conversationId: 'c', message: own },
      { type: 'fetched', conversation: { ...direct, lastSeq: 1, lastMessage: own } },
      { type: 'paged', conversationId: 'c', page: { messages: [own], hasMore: false }, asOf: 1 },
    ];
    const opened: Action = { type: 'opened', conversationId: 'c', heads: { seq: 1, changeSeq: 1 } };
    for (const way of ways) expect(after(opened, put, way).outbox, way.type).toEqual([]);
  });

  it("does not take someone else's message for one's own", () => {
    const stored: Action = { type: 'received', conversationId: 'c', message: message(1, 'ann', 'k') };
    expect(after({ type: 'put in outbox', entry }, stored).outbox).toEqual([entry]);
  });

  it('ends the typing of who has just sent', () => {
    const typing: Action = { type: 'typing', conversationId: 'c', userId: 'ann', typing: true };
    expect(typingText(after(typing), 'c')).toBe('Ann is typing');
    const sent: Action = { type: 'received', conversationId: 'c', message: message(1, 'ann', 'x') };
    expect(typingText(after(typing, sent), 'c')).toBeUndefined();
  });

  it('leaves a conversation that it was removed from, with what was on its way there', () => {
    const state = after(
      { type: 'activated', conversationId: 'c' },
      { type: 'put in outbox', entry },
      { type: 'removed', conversationId: 'c' },
    );
    expect([state.activeId, state.outbox, state.conversations]).toEqual([undefined, [], {}]);
  });

  it('lists the conversation with the latest words first, unsent ones included', () => {
    const older = { ...direct, id: 'd', createdAt: '2025-01-01T00:00:00.000Z' };
    const ids = (state: ChatState) => ordered(state).map(({ info }) => info.id);
    expect(ids(after({ type: 'fetched', conversation: older }))).toEqual(['c', 'd']);
    const late = { ...entry, conversationId: 'd', createdAt: '2026-06-01T00:00:00.000Z' };
    expect(ids(after({ type: 'fetched', conversation: older }, { type: 'put in outbox', entry: late }))).toEqual([
      'd',
      'c',
    ]);
  });

  it('calls a direct conversation by the other one', () => {
    const state = after();
    expect(state.conversations['c'] && titleOf(state, state.conversations['c'])).toBe('Ann');
  });
});
