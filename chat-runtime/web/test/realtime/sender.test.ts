import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Problem } from '../../src/api/problem';
import { OutboxStorage } from '../../src/realtime/outbox-storage';
import { Sender, type Sending } from '../../src/realtime/sender';
import { initialChat } from '../../src/state/chat';
import type { OutboxEntry } from '../../src/state/outbox';
import { Store } from '../../src/state/store';
import { MemoryStorage } from '../memory-storage';

type Sent = Pick<OutboxEntry, 'clientMessageId' | 'text'>;

/** The far end: answers each send by what the test has laid out for it, and with `ok` after that. */
class FarEnd implements Sending {
  isOnline = true;
  readonly sent: string[] = [];

  constructor(private readonly answers: (Problem | 'ok')[] = []) {}

  request<T>(_event: string, payload: object): Promise<T> {
    this.sent.push((payload as Sent).clientMessageId);
    const answer = this.answers.shift() ?? 'ok';
    return answer === 'ok' ? Promise.resolve({ ok: true } as T) : Promise.reject(answer);
  }
}

const limited = Problem.of({ status: 429, code: 'RATE_LIMITED', title: 'Too many', retryAfterMs: 20_000 });
const invalid = Problem.of({ status: 422, code: 'INVALID', errors: [{ field: 'text', message: 'too long' }] });

function entry(clientMessageId: string): OutboxEntry {
  return { clientMessageId, conversationId: 'c', text: clientMessageId, createdAt: clientMessageId, state: 'queued' };
}

describe('the sender', () => {
  const store = (...ids: string[]) => new Store(initialChat({ id: 'me', name: 'Me' }, ids.map(entry)));
  const states = (of: Store) => of.state().outbox.map((one) => one.state);

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('sends in the order of writing, each with its own id', async () => {
    const [far, chat] = [new FarEnd(), store('a', 'b', 'c')];
    await new Sender(far, chat).flush();
    expect(far.sent).toEqual(['a', 'b', 'c']);
    expect(states(chat)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  it('sends the same one again, later and later, before the next one', async () => {
    const [far, chat] = [new FarEnd([Problem.timeout(), Problem.timeout()]), store('a', 'b')];
    const done = new Sender(far, chat).flush();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(far.sent).toEqual(['a', 'a']);
    await vi.advanceTimersByTimeAsync(1_900);
    expect(far.sent).toEqual(['a', 'a']);
    await vi.advanceTimersByTimeAsync(100);
    await done;
    expect(far.sent).toEqual(['a', 'a', 'a', 'b']);
  });

  it('rests as long as a limit says, shows until when, and is not hurried', async () => {
    const [far, chat] = [new FarEnd([limited]), store('a')];
    const sender = new Sender(far, chat);
    const done = sender.flush();
    await vi.advanceTimersByTimeAsync(19_000);
    expect(chat.state().limitedUntil).toBe(Date.now() + 1_000);
    await sender.flush();
    expect(far.sent).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(1_000);
    await done;
    expect(far.sent).toEqual(['a', 'a']);
    expect(chat.state().limitedUntil).toBeUndefined();
  });

  it('leaves a refused one to its writer and goes on', async () => {
    const [far, chat] = [new FarEnd([invalid]), store('a', 'b')];
    await new Sender(far, chat).flush();
    expect(chat.state().outbox.map(({ state, reason }) => [state, reason])).toEqual([
      ['failed', 'text: too long'],
      ['accepted', undefined],
    ]);
  });

  it('keeps everything while there is no connection', async () => {
    const [far, chat] = [new FarEnd(), store('a')];
    far.isOnline = false;
    const sender = new Sender(far, chat);
    await sender.flush();
    expect(far.sent).toEqual([]);
    far.isOnline = true;
    await sender.flush();
    expect(far.sent).toEqual(['a']);
  });
});

describe('the outbox in storage', () => {
  it('comes back after a reload with the same ids, in order, all to be sent again', () => {
    const storage = new MemoryStorage();
    const before = new OutboxStorage(storage, 'me');
    before.save([entry('a'), { ...entry('b'), state: 'accepted' }, { ...entry('c'), state: 'failed', reason: 'no' }]);
    const after = new OutboxStorage(storage, 'me').load();
    expect(after).toEqual([entry('a'), entry('b'), { ...entry('c'), state: 'failed', reason: 'no' }]);
    expect(new OutboxStorage(storage, 'someone else').load()).toEqual([]);
  });

  it('leaves alone what another tab wrote', () => {
    const storage = new MemoryStorage();
    const [one, two] = [new OutboxStorage(storage, 'me'), new OutboxStorage(storage, 'me')];
    one.save([entry('a')]);
    two.save([entry('b')]);
    one.save([]);
    expect(new OutboxStorage(storage, 'me').load()).toEqual([entry('b')]);
  });
});
