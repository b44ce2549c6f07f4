// Tells the server how far this user received and read. What is told is the highest number only, one question at a
// time for each conversation: during a burst that is one receipt for many messages.
import type { Store } from '../state/store';
import type { Link } from './link';

type Event = 'chat:delivered' | 'chat:seen';

export class Receipts {
  /** By event and conversation: the highest number the server is known to have. */
  private readonly told = new Map<string, number>();
  private readonly due = new Map<string, number>();
  private readonly busy = new Set<string>();

  constructor(
    private readonly link: Link,
    private readonly store: Store,
  ) {}

  /** Everything that the list shows has reached this device. */
  deliverAll(): void {
    const { conversations, me } = this.store.state();
    for (const { info, marks } of Object.values(conversations)) {
      const known = marks[me.id]?.deliveredSeq ?? 0;
      if (info.lastSeq > Math.max(known, info.readSeq)) this.raise('chat:delivered', info.id, info.lastSeq);
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

  private raise(event: Event, conversationId: string, seq: number): void {
    const key = `${event} ${conversationId}`;
    if (seq <= Math.max(this.told.get(key) ?? 0, this.due.get(key) ?? 0)) return;
    this.due.set(key, seq);
    void this.tell(key);
  }

  private async tell(key: string): Promise<void> {
    if (this.busy.has(key)) return;
    this.busy.add(key);
    const [event = '', conversationId = ''] = key.split(' ');
    try {
      for (let seq = this.due.get(key); seq !== undefined; seq = this.due.get(key)) {
        await this.link.request(event, { conversationId, seq });
        this.told.set(key, seq);
        if (this.due.get(key) === seq) this.due.delete(key);
      }
    } catch {
      // Still due: told with the next connection, or with the next receipt.
    } finally {
      this.busy.delete(key);
    }
  }
}
