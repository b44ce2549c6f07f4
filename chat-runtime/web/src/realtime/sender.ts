// Sends what is in the outbox, in the order it was written, each entry until the server has it or refuses it.
import { Problem } from '../api/problem';
import type { OutboxEntry } from '../state/outbox';
import type { Store } from '../state/store';
import type { Link } from './link';
import { Pause } from './pause';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

/** The part of the link that sending needs. */
export type Sending = Pick<Link, 'isOnline' | 'request'>;

export class Sender {
  private running = false;
  private stopped = false;
  private retryMs = FIRST_RETRY_MS;
  private readonly pause = new Pause();

  constructor(
    private readonly link: Sending,
    private readonly store: Store,
  ) {}

  /** Goes through what is queued, unless that is under way. Call it whenever something may have become sendable. */
  async flush(): Promise<void> {
    if (this.running) return this.hurry();
    this.running = true;
    try {
      for (let entry = this.next(); entry !== undefined; entry = this.next()) await this.send(entry);
    } finally {
      this.running = false;
    }
  }

  stop(): void {
    this.stopped = true;
    this.pause.end();
  }

  private next(): OutboxEntry | undefined {
    if (this.stopped || !this.link.isOnline) return undefined;
    return this.store.state().outbox.find((entry) => entry.state === 'queued');
  }

  private async send({ conversationId, clientMessageId, text }: OutboxEntry): Promise<void> {
    try {
      await this.link.request('chat:send', { conversationId, clientMessageId, text });
      this.store.dispatch({ type: 'accepted', clientMessageId });
      this.retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.isRetryable) await this.rest(error);
      else this.store.dispatch({ type: 'failed', clientMessageId, reason: error.message });
    }
  }

  /** A retry need not wait when there is reason to think it works; a limit's time has to pass. */
  private hurry(): void {
    if (this.store.state().limitedUntil === undefined) this.pause.cut();
  }

  /** Before the same entry is sent again: as long as the server says, or longer each time. */
  private async rest(problem: Problem): Promise<void> {
    if (!this.link.isOnline) return;
    const ms = problem.retryAfterMs ?? this.retryMs;
    this.retryMs = Math.min(this.retryMs * 2, LAST_RETRY_MS);
    if (problem.isLimited) this.store.dispatch({ type: 'limited', until: Date.now() + ms });
    await this.pause.wait(ms);
    if (problem.isLimited) this.store.dispatch({ type: 'limited', until: undefined });
  }
}
