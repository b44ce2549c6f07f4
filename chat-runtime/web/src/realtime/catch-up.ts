// Closes gaps: asks `chat:sync` from where each open timeline stands until nothing is missing.
import { Problem, type ProblemBody } from '../api/problem';
import type { CatchUp as Answer, Heads } from '../api/wire';
import { isBehind, reachedBy } from '../state/timeline';
import type { Store } from '../state/store';
import type { Link } from './link';
import { Pause } from './pause';

/** Further behind than this, the newest page says more than going through everything missed. */
const FAR = 500;
/** Between two questions that brought nothing: the server's reader may lag behind its events. */
const LAG_MS = 400;
/** Before a question that failed is asked again. */
const RETRY_MS = 2_000;
/** Conversations in one question. */
const BATCH = 50;

interface SyncAnswer {
  readonly conversations: Readonly<Record<string, Answer>>;
  readonly rejected: readonly Refused[];
}

/** A message that was accepted and then refused; without a `clientMessageId`, a conversation one is no member of. */
interface Refused {
  readonly conversationId: string;
  readonly clientMessageId?: string;
  readonly error: ProblemBody;
}

export class CatchUp {
  private readonly wanted = new Set<string>();
  private running = false;
  private stopped = false;
  private readonly pause = new Pause();

  constructor(
    private readonly link: Pick<Link, 'isOnline' | 'request'>,
    private readonly store: Store,
  ) {}

  /** Catches up with these, and learns who received and read how far. Safe to ask for at any time. */
  request(conversationIds: readonly string[]): void {
    for (const id of conversationIds) this.wanted.add(id);
    if (this.running) return;
    this.running = true;
    void this.run().finally(() => (this.running = false));
  }

  /** Every conversation that was opened, after a lost connection. */
  requestAll(): void {
    this.request(Object.keys(this.store.state().conversations));
  }

  /** What events have shown to be missing. */
  requestMissing(): void {
    const behind = Object.values(this.store.state().conversations).filter(
      ({ info, timeline }) => timeline && isBehind(timeline) && !this.wanted.has(info.id),
    );
    if (behind.length > 0) this.request(behind.map(({ info }) => info.id));
  }

  stop(): void {
    this.stopped = true;
    this.pause.end();
  }

  private async run(): Promise<void> {
    while (this.wanted.size > 0 && this.link.isOnline && !this.stopped) {
      const batch = [...this.wanted].filter((id) => this.reached(id)).slice(0, BATCH);
      if (batch.length === 0) break;
      try {
        const moved = await this.ask(batch);
        if (!moved) await this.pause.wait(LAG_MS);
      } catch (error) {
        // Meanwhile nothing wrong is shown, only something late.
        await this.pause.wait((error instanceof Problem ? error.retryAfterMs : undefined) ?? RETRY_MS);
      }
    }
    this.wanted.clear();
  }

  /** Whether anything moved, or nothing was missing. */
  private async ask(ids: readonly string[]): Promise<boolean> {
    const conversations = Object.fromEntries(ids.map((id) => [id, this.reached(id)]));
    const answer = await this.link.request<SyncAnswer>('chat:sync', { conversations });
    for (const refused of answer.rejected) this.refuse(refused);
    const progress = ids.map((id) => this.take(id, conversations[id], answer.conversations[id]));
    return progress.every(Boolean);
  }

  private take(conversationId: string, from: Heads | undefined, answer: Answer | undefined): boolean {
    this.wanted.delete(conversationId);
    if (from === undefined || answer === undefined) return true;
    if (answer.headSeq - from.seq > FAR) {
      this.store.dispatch({ type: 'closed', conversationId });
      return true;
    }
    this.store.dispatch({ type: 'caught up', conversationId, answer });
    const { timeline } = this.store.state().conversations[conversationId] ?? {};
    if (timeline === undefined || !isBehind(timeline)) return true;
    this.wanted.add(conversationId);
    const now = reachedBy(timeline);
    return now.seq > from.seq || now.changeSeq > from.changeSeq;
  }

  private refuse({ conversationId, clientMessageId, error }: Refused): void {
    if (clientMessageId === undefined) this.store.dispatch({ type: 'removed', conversationId });
    else this.store.dispatch({ type: 'failed', clientMessageId, reason: Problem.of(error).message });
  }

  private reached(conversationId: string): Heads | undefined {
    const timeline = this.store.state().conversations[conversationId]?.timeline;
    return timeline && reachedBy(timeline);
  }
}
