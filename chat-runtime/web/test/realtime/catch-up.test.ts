// Closing gaps by `chat:sync`, against the model of a server that answers a few things at a time.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Conversation, Heads } from '../../src/api/wire';
import { CatchUp } from '../../src/realtime/catch-up';
import { initialChat } from '../../src/state/chat';
import { Store } from '../../src/state/store';
import { ServerModel } from '../state/server-model';

interface Asked {
  readonly conversations: Readonly<Record<string, Heads>>;
}

/** Answers for the conversation `c` and refuses all others, `limit` messages and changes at a time. */
class FarEnd {
  isOnline = true;
  readonly asked: Heads[] = [];
  failures = 0;

  constructor(
    readonly model: ServerModel,
    private readonly limit: number,
  ) {}

  request<T>(_event: string, payload: object): Promise<T> {
    const { conversations } = payload as Asked;
    if (this.failures > 0) {
      this.failures -= 1;
      return Promise.reject(new Error('lost'));
    }
    const rejected = Object.keys(conversations)
      .filter((id) => id !== 'c')
      .map((conversationId) => ({ conversationId, error: { code: 'NOT_A_MEMBER' } }));
    const from = conversations['c'];
    if (from) this.asked.push(from);
    const answers = from ? { c: this.model.sync(from.seq, from.changeSeq, this.limit) } : {};
    return Promise.resolve({ ok: true, conversations: answers, rejected } as T);
  }
}

const summary: Conversation = {
  id: 'c',
  type: 'direct',
  members: [],
  memberCount: 2,
  createdAt: '2026-01-01T00:00:00.000Z',
  lastSeq: 0,
  lastChangeSeq: 0,
  readSeq: 0,
  unread: 0,
};

function opened(...ids: string[]): Store {
  const store = new Store(initialChat({ id: 'me', name: 'Me' }, []));
  for (const conversationId of ids) {
    store.dispatch({ type: 'fetched', conversation: { ...summary, id: conversationId } });
    store.dispatch({ type: 'opened', conversationId, heads: { seq: 0, changeSeq: 0 } });
  }
  return store;
}

describe('catching up', () => {
  const model = () => {
    const server = new ServerModel();
    for (let number = 0; number < 9; number += 1) server.apply({ do: 'send' });
    for (const which of [0, 4, 8]) server.apply({ do: 'edit', which });
    return server;
  };
  const timeline = (store: Store) => store.state().conversations['c']?.timeline;

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks from where it stands until nothing is missing, and no more', async () => {
    const [far, store] = [new FarEnd(model(), 4), opened('c')];
    new CatchUp(far, store).request(['c']);
    await vi.runAllTimersAsync();
    expect(timeline(store)?.messages).toEqual(far.model.fresh());
    expect(far.asked).toEqual([
      { seq: 0, changeSeq: 0 },
      { seq: 4, changeSeq: 3 },
      { seq: 8, changeSeq: 3 },
    ]);
  });

  it('starts by itself when an event shows a gap', async () => {
    const [far, store] = [new FarEnd(model(), 50), opened('c')];
    const catchUp = new CatchUp(far, store);
    catchUp.requestMissing();
    expect(far.asked).toEqual([]);
    const last = far.model.fresh().at(-1);
    if (last) store.dispatch({ type: 'received', conversationId: 'c', message: last });
    catchUp.requestMissing();
    await vi.runAllTimersAsync();
    expect(timeline(store)?.messages).toEqual(far.model.fresh());
  });

  it('asks again after a failure', async () => {
    const [far, store] = [new FarEnd(model(), 50), opened('c')];
    far.failures = 2;
    new CatchUp(far, store).request(['c']);
    await vi.runAllTimersAsync();
    expect(timeline(store)?.messages).toHaveLength(9);
  });

  it('starts anew where far more was missed than one would read', async () => {
    const [far, store] = [new FarEnd(new ServerModel(), 50), opened('c')];
    for (let number = 0; number < 600; number += 1) far.model.apply({ do: 'send' });
    new CatchUp(far, store).request(['c']);
    await vi.runAllTimersAsync();
    expect(timeline(store)).toBeUndefined();
    expect(far.asked).toHaveLength(1);
  });

  it('drops a conversation that one is no member of any more', async () => {
    const [far, store] = [new FarEnd(model(), 50), opened('c', 'gone')];
    new CatchUp(far, store).requestAll();
    await vi.runAllTimersAsync();
    expect(Object.keys(store.state().conversations)).toEqual(['c']);
  });
});
