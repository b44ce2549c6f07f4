// The list's summary of a conversation that nobody has opened: right, or known to be uncertain and fetched again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Conversation, Message, ReceivedMessage } from '../../src/api/wire';
import { asMessage } from '../../src/state/change';
import {
  changed,
  fetched,
  mark,
  markOf,
  opened,
  paged,
  received,
  type ConversationState,
} from '../../src/state/conversation';

const ME = 'me';

type Event =
  | { readonly on: 'message'; readonly message: ReceivedMessage }
  | { readonly on: 'edit'; readonly changeSeq: number; readonly messageId: string }
  | { readonly on: 'read'; readonly seq: number };

/** What happens at the server: a message by me or someone else, an edit of one, or my reading up to one. */
const happening = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('send' as const), by: fc.constantFrom(ME, 'ann') }) },
  fc.record({ what: fc.constant('edit' as const), which: fc.nat(20) }),
  fc.record({ what: fc.constant('read' as const), which: fc.nat(20) }),
);

class Server {
  readonly events: Event[] = [];
  private readonly messages: Message[] = [];
  private readSeq = 0;
  private changeSeq = 1;

  do(next: { what: 'send'; by: string } | { what: 'edit' | 'read'; which: number }): void {
    if (next.what === 'send') {
      const message = asMessage(messageOf(this.messages.length + 1, next.by));
      this.messages.push(message);
      this.events.push({ on: 'message', message: messageOf(message.seq, next.by) });
      return;
    }
    const target = this.messages[next.which % this.messages.length];
    if (target === undefined) return;
    if (next.what === 'read') {
      this.readSeq = Math.max(this.readSeq, target.seq);
      this.events.push({ on: 'read', seq: target.seq });
      return;
    }
    this.changeSeq += 1;
    this.messages[target.seq - 1] = { ...target, ...edit(this.changeSeq), changeSeq: this.changeSeq, editedAt: AT };
    this.events.push({ on: 'edit', changeSeq: this.changeSeq, messageId: target.id });
  }

  summary(): Conversation {
    const lastMessage = this.messages.at(-1);
    return {
      id: 'c',
      type: 'direct',
      members: [],
      memberCount: 2,
      createdAt: AT,
      ...(lastMessage && { lastMessage }),
      lastSeq: this.messages.length,
      lastChangeSeq: this.changeSeq,
      readSeq: this.readSeq,
      unread: this.messages.filter((message) => message.seq > this.readSeq && message.senderId !== ME).length,
    };
  }
}

const AT = '2026-01-01T00:00:00.000Z';
const edit = (changeSeq: number) => ({ text: `edit ${changeSeq}` });

function messageOf(seq: number, senderId: string): ReceivedMessage {
  const names = { id: `m${seq}`, conversationId: 'c', clientMessageId: `k${seq}` };
  return { ...names, seq, senderId, type: 'text', text: `text ${seq}`, createdAt: AT };
}

function onEvent(state: ConversationState, event: Event): ConversationState {
  switch (event.on) {
    case 'message':
      return received(state, event.message, ME);
    case 'read':
      return mark(state, [{ userId: ME, readSeq: event.seq }], ME);
    case 'edit': {
      const { changeSeq, messageId } = event;
      return changed(state, { kind: 'edit', changeSeq, messageId, userId: 'ann', at: AT, ...edit(changeSeq) }, ME);
    }
  }
}

describe('a summary', () => {
  it('is right or known to be uncertain, whatever the order, and right once fetched', () => {
    const happenings = fc.array(happening, { maxLength: 15 });
    fc.assert(
      fc.property(happenings, happenings, fc.infiniteStream(fc.nat(1000)), (past, news, order) => {
        const server = new Server();
        past.forEach((next) => server.do(next));
        let state = fetched(undefined, server.summary(), ME);
        const from = server.events.length;
        news.forEach((next) => server.do(next));
        const shuffled = server.events
          .slice(from)
          .flatMap((event) => [event, event])
          .map((event) => ({ event, key: order.next().value as number }))
          .sort((a, b) => a.key - b.key);
        for (const { event } of shuffled) state = onEvent(state, event);
        if (!state.uncertain) expect(state.info).toEqual(server.summary());
        state = fetched(state, server.summary(), ME);
        expect(state.info).toEqual(server.summary());
        expect(state.uncertain).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  it('is not set back by an answer that is older than what was heard since', () => {
    const server = new Server();
    const old = server.summary();
    server.do({ what: 'send', by: 'ann' });
    const known = onEvent(fetched(undefined, old, ME), server.events[0] as Event);
    expect(fetched(known, old, ME).info).toEqual(server.summary());
  });

  it('counts from the timeline once that reaches back to what was read', () => {
    const server = new Server();
    for (const by of ['ann', 'ann', ME, 'ann']) server.do({ what: 'send', by });
    const messages = server.events.flatMap((event) => (event.on === 'message' ? [asMessage(event.message)] : []));
    let state = opened(fetched(undefined, server.summary(), ME), { seq: 4, changeSeq: 1 }, ME);
    state = paged(state, { messages, hasMore: false }, 1, ME);
    state = mark(state, [{ userId: ME, readSeq: 1 }], ME);
    expect(state.info.unread).toBe(2);
    expect(state.uncertain).toBe(false);
  });

  it('knows that who has read has received, and never takes a mark back', () => {
    const state = fetched(undefined, new Server().summary(), ME);
    const read = mark(state, [{ userId: 'ann', readSeq: 5 }], ME);
    expect(markOf(read, 'ann')).toEqual({ userId: 'ann', readSeq: 5, deliveredSeq: 5 });
    const late = mark(read, [{ userId: 'ann', deliveredSeq: 3, readSeq: 2 }], ME);
    expect(markOf(late, 'ann')).toEqual({ userId: 'ann', readSeq: 5, deliveredSeq: 5 });
  });
});
