import { describe, expect, it, vi } from 'vitest';
import { Problem } from '../../src/api/problem';
import type { Conversation } from '../../src/api/wire';
import { Receipts } from '../../src/realtime/receipts';
import { initialChat } from '../../src/state/chat';
import { Store } from '../../src/state/store';

const AT = '2026-01-01T00:00:00.000Z';

/** Takes what it is told; answers only when the test lets it. */
class FarEnd {
  isOnline = true;
  readonly told: string[] = [];
  private readonly waiting: ((problem?: Problem) => void)[] = [];

  request<T>(event: string, payload: object): Promise<T> {
    this.told.push(`${event} ${(payload as { seq: number }).seq}`);
    return new Promise((resolve, reject) => {
      this.waiting.push((problem) => (problem ? reject(problem) : resolve({ ok: true } as T)));
    });
  }

  answer(problem?: Problem): void {
    this.waiting.shift()?.(problem);
  }
}

function store(): Store {
  const info: Conversation = {
    id: 'c',
    type: 'direct',
    members: [],
    memberCount: 2,
    createdAt: AT,
    lastSeq: 1,
    lastChangeSeq: 1,
    readSeq: 1,
    unread: 0,
  };
  const chat = new Store(initialChat({ id: 'me', name: 'Me' }, []));
  chat.dispatch({ type: 'fetched', conversation: info });
  return chat;
}

function receive(chat: Store, seq: number, senderId = 'ann'): void {
  const names = { id: `m${seq}`, conversationId: 'c', clientMessageId: `k${seq}`, createdAt: AT };
  chat.dispatch({ type: 'received', conversationId: 'c', message: { ...names, seq, senderId, type: 'text' } });
}

describe('receipts', () => {
  it('are one at a time, and the highest number of a burst', async () => {
    const [far, chat] = [new FarEnd(), store()];
    const receipts = new Receipts(far, chat);
    for (const seq of [2, 3, 4]) {
      receive(chat, seq);
      receipts.deliverAll();
    }
    expect(far.told).toEqual(['chat:delivered 2']);
    far.answer();
    await vi.waitFor(() => expect(far.told).toEqual(['chat:delivered 2', 'chat:delivered 4']));
    far.answer();
    receipts.deliverAll();
    expect(far.told).toHaveLength(2);
  });

  it('are not sent for what was read, or is one’s own', () => {
    const [far, chat] = [new FarEnd(), store()];
    const receipts = new Receipts(far, chat);
    receive(chat, 2, 'me');
    receipts.deliverAll();
    expect(far.told).toEqual([]);
  });

  it('make unread zero at once', () => {
    const [far, chat] = [new FarEnd(), store()];
    receive(chat, 2);
    new Receipts(far, chat).see('c', 2);
    expect(chat.state().conversations['c']?.info.unread).toBe(0);
    expect(far.told).toEqual(['chat:seen 2']);
  });

  it('are told again to the next connection when one breaks, but not when they are refused', async () => {
    vi.useFakeTimers();
    const [far, chat] = [new FarEnd(), store()];
    const receipts = new Receipts(far, chat);
    receive(chat, 2);
    receipts.see('c', 2);
    far.isOnline = false;
    far.answer(Problem.offline());
    await vi.runAllTimersAsync();
    expect(far.told).toHaveLength(1);
    far.isOnline = true;
    receipts.flush();
    expect(far.told).toEqual(['chat:seen 2', 'chat:seen 2']);
    far.answer(Problem.of({ status: 403, code: 'NOT_A_MEMBER' }));
    await vi.runAllTimersAsync();
    receipts.flush();
    expect(far.told).toHaveLength(2);
    vi.useRealTimers();
  });
});
