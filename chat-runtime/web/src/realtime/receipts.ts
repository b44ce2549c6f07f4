// Tells the server how far this user received and read. What is told is the highest number only, one question at a
// time for each conversation: during a burst that is one receipt for many messages.
import { Problem } from '../api/problem';
import type { Store } from '../state/store';
import type { Link } from './link';
import { Pause } from './pause';

const RETRY_MS = 2_000;

type Event = 'chat:delivered' | 'chat:seen';

export class Receipts {
  /** By event and conversation: the highest number the server is known to have. */
  private readonly told = new Map<string, number>();
  private readonly due = new Map<string, number>();
  private readonly busy = new Set<string>();
  private readonly pause = new Pause();

  constructor(
    private readonly link: Pick<Link, 'isOnline' | 'request'>,
    private readonly store: Store,
  ) {}

  /** Everything that the list shows has reached this device. Where nothing is unread, being read has said so. */
  deliverAll(): void {
    const { conversations, me } = this.store.state();
    for (const { info, marks } of Object.values(conversations)) {
      const known = marks[me.id]?.deliveredSeq ?? 0;
      if (info.unread > 0 && info.lastSeq > known) this.raise('chat:delivered', info.id, info.lastSeq);
    }
  }

  /** Shown to the user: unread no more at once, here and on the user's other devices. */
  see(conversationId: string, seq: number): void {
    const { conversations, me } = this.store.state();
    const { info } = conversations[conversationId] ?? {};
    if (info === undefined || seq <= info.readSeq) return;
    this.store.dispatch({ type: 'marked', conversationId, move: { userId: me.id, readSeq: seq } });
    this.raise('chat:seen', conversationId, seq);
  }

  /** What was told to a connection that broke may not have arrived. */
  flush(): void {
    for (const key of this.due.keys()) void this.tell(key);
  }

  stop(): void {
    this.due.clear();
    this.pause.end();
  }

  private raise(event: Event, conversationId: string, seq: number): void {
    const key = `${event} ${conversationId}`;
    if (seq <= Math.max(this.told.get(key) ?? 0, this.due.get(key) ?? 0)) return;
    this.due.set(key, seq);
    void this.tell(key);
  }

  private async tell(key: string): Promise<void> {
    if (this.busy.has(key)) return;
    this.busy.add(key);
    for (let seq = this.due.get(key); seq !== undefined && this.link.isOnline; seq = this.due.get(key)) {
      await this.tellOnce(key, seq);
    }
    this.busy.delete(key);
  }

  private async tellOnce(key: string, seq: number): Promise<void> {
    const [event = '', conversationId = ''] = key.split(' ');
    try {
      await this.link.request(event, { conversationId, seq });
      this.told.set(key, seq);
      if (this.due.get(key) === seq) this.due.delete(key);
    } catch (error) {
      if (error instanceof Problem && error.isRetryable) return this.pause.wait(error.retryAfterMs ?? RETRY_MS);
      // No member any more: nobody to tell.
      this.due.delete(key);
    }
  }
}
