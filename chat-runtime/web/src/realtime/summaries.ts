// The list of conversations: fetched page by page, and again where events did not tell enough.
import type { ApiClient } from '../api/client';
import { Problem } from '../api/problem';
import type { Store } from '../state/store';

/** Uncertain ones are gathered for this long: what one burst of events made uncertain is fetched once. */
const GATHER_MS = 800;
const RETRY_MS = 5_000;
/** More than this many are fetched as a list rather than one by one. */
const FEW = 3;

/** No such conversation, none of this user's, or no conversation's name at all. */
const GONE = [400, 403, 404];

export class Summaries {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(
    private readonly api: ApiClient,
    private readonly store: Store,
  ) {}

  /** The newest page: whatever happened meanwhile is on it. */
  async reload(): Promise<void> {
    const { items, nextCursor } = await this.api.conversations();
    const known = this.store.state().listed;
    // Pages loaded before stay; only the first list says where it goes on.
    const cursor = known ? known.nextCursor : nextCursor;
    this.store.dispatch({ type: 'listed', conversations: items, ...(cursor && { nextCursor: cursor }) });
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
      this.store.dispatch({
        type: 'fetched',
        conversation: await this.api.conversation(conversationId),
      });
    } catch (error) {
      const isGone = error instanceof Problem && GONE.includes(error.status);
      if (!isGone) throw error;
      this.store.dispatch({ type: 'removed', conversationId });
    }
  }

  /** Plans to fetch what is uncertain. */
  settle(afterMs = GATHER_MS): void {
    if (this.stopped || this.timer !== undefined || this.uncertain().length === 0) return;
    this.timer = setTimeout(() => void this.fetchUncertain(), afterMs);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async fetchUncertain(): Promise<void> {
    let nextMs = GATHER_MS;
    try {
      const ids = this.uncertain();
      if (ids.length > FEW) await this.reload();
      else for (const id of ids) await this.fetch(id);
    } catch (error) {
      nextMs = (error instanceof Problem ? error.retryAfterMs : undefined) ?? RETRY_MS;
    } finally {
      this.timer = undefined;
      this.settle(nextMs);
    }
  }

  private uncertain(): readonly string[] {
    const all = Object.values(this.store.state().conversations);
    return all.filter(({ uncertain }) => uncertain).map(({ info }) => info.id);
  }
}
