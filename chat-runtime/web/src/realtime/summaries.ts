// The list of conversations: fetched page by page, and again where events did not tell enough.
import type { ApiClient } from '../api/client';
import { Problem } from '../api/problem';
import type { Store } from '../state/store';

/** Uncertain ones are gathered for this long: what one burst of events made uncertain is fetched once. */
const GATHER_MS = 800;
const RETRY_MS = 3_000;
/** More than this many are fetched as a list rather than one by one. */
const FEW = 3;
/** No such conversation, none of this user's, or no conversation's name at all. */
const GONE = [400, 403, 404];

export class Summaries {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private busy = false;
  private stopped = false;
  /** The newest page of the list is to be fetched. */
  private isStale = false;

  constructor(
    private readonly api: Pick<ApiClient, 'conversations' | 'conversation'>,
    private readonly store: Store,
  ) {}

  /** Fetches the newest page, again and again until it is there: whatever happened meanwhile is on it. */
  reload(): void {
    this.isStale = true;
    if (!this.busy) void this.fetchDue();
  }

  async more(): Promise<void> {
    const cursor = this.store.state().listed?.nextCursor;
    if (cursor === undefined) return;
    const { items, nextCursor } = await this.api.conversations(cursor);
    this.store.dispatch({ type: 'listed', conversations: items, ...(nextCursor && { nextCursor }) });
  }

  /** One conversation; gone when the server says that it is none of this user's. */
  async fetch(conversationId: string): Promise<void> {
    try {
      this.store.dispatch({ type: 'fetched', conversation: await this.api.conversation(conversationId) });
    } catch (error) {
      const isGone = error instanceof Problem && GONE.includes(error.status);
      if (!isGone) throw error;
      this.store.dispatch({ type: 'removed', conversationId });
    }
  }

  /** Plans to fetch what is uncertain. */
  settle(afterMs = GATHER_MS): void {
    const isDue = this.isStale || this.uncertain().length > 0;
    if (!isDue || this.busy || this.stopped || this.timer !== undefined) return;
    this.timer = setTimeout(() => void this.fetchDue(), afterMs);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async fetchDue(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    // With the next connection everything is fetched anyway.
    if (this.store.state().connection !== 'online') return;
    this.busy = true;
    const waitMs = await this.fetchOnce();
    this.busy = false;
    this.settle(waitMs);
  }

  /** Answers how long to wait with what is left or new. */
  private async fetchOnce(): Promise<number> {
    const ids = this.uncertain();
    const asList = this.isStale || ids.length > FEW;
    this.isStale = false;
    try {
      if (asList) await this.fetchNewest();
      else for (const id of ids) await this.fetch(id);
      return GATHER_MS;
    } catch (error) {
      this.isStale = asList;
      return (error instanceof Problem ? error.retryAfterMs : undefined) ?? RETRY_MS;
    }
  }

  private async fetchNewest(): Promise<void> {
    const { items, nextCursor } = await this.api.conversations();
    const known = this.store.state().listed;
    // Pages loaded before stay; only the first list says where it goes on.
    const cursor = known ? known.nextCursor : nextCursor;
    this.store.dispatch({ type: 'listed', conversations: items, ...(cursor && { nextCursor: cursor }) });
  }

  private uncertain(): readonly string[] {
    const all = Object.values(this.store.state().conversations);
    return all.filter(({ uncertain }) => uncertain).map(({ info }) => info.id);
  }
}
