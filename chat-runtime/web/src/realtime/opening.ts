// The conversation that is looked at: joined while it is, its history fetched page by page.
import type { ApiClient } from '../api/client';
import { Problem, wordsOf } from '../api/problem';
import type { Heads } from '../api/wire';
import type { Store } from '../state/store';
import { beforeSeq, reachedBy } from '../state/timeline';
import type { CatchUp } from './catch-up';
import type { Link } from './link';
import { Pause } from './pause';
import type { Summaries } from './summaries';

const PAGE_RETRY_MS = 3_000;

export class Opening {
  /** What the server knows that this client looks at. */
  private joined: string | undefined;
  private busy = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private readonly pause = new Pause();
  private readonly paging = new Map<string, Promise<void>>();

  constructor(
    private readonly link: Link,
    private readonly api: ApiClient,
    private readonly store: Store,
    private readonly summaries: Summaries,
    private readonly catchUp: CatchUp,
  ) {}

  /** With a connection that is lost, the server forgets who looks at what. */
  disconnected(): void {
    this.joined = undefined;
  }

  /** Brings what the server knows and what is loaded in line with the active conversation. */
  async ensure(): Promise<void> {
    if (this.busy || !this.isDue()) return;
    this.busy = true;
    try {
      while (this.isDue()) await this.step();
    } catch (error) {
      this.store.dispatch({ type: 'not opened', reason: wordsOf(error) });
      if (error instanceof Problem && error.retryAfterMs !== undefined) this.retryAfter(error.retryAfterMs);
    } finally {
      this.busy = false;
    }
  }

  /** The page of history before the first message that is loaded. After a failure it is a while until it returns. */
  async loadOlder(conversationId: string): Promise<void> {
    try {
      await this.page(conversationId);
    } catch (error) {
      // Whoever still looks there asks again, so the time is what keeps that from being a storm.
      await this.pause.wait((error instanceof Problem ? error.retryAfterMs : undefined) ?? PAGE_RETRY_MS);
    }
  }

  stop(): void {
    this.pause.end();
    clearTimeout(this.retry);
  }

  private isDue(): boolean {
    const { activeId, openProblem } = this.store.state();
    if (!this.link.isOnline || openProblem !== undefined) return false;
    return this.joined !== activeId || (activeId !== undefined && !this.isLoaded(activeId));
  }

  private retryAfter(ms: number): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      const { activeId, openProblem } = this.store.state();
      if (openProblem !== undefined) this.store.dispatch({ type: 'activated', conversationId: activeId });
    }, ms);
  }

  private async step(): Promise<void> {
    const { activeId, conversations } = this.store.state();
    if (this.joined !== undefined && this.joined !== activeId) this.leave(this.joined);
    if (activeId === undefined) return;
    // Opened by its address: it need not be on the list.
    if (conversations[activeId] === undefined) await this.summaries.fetch(activeId);
    if (this.store.state().activeId === activeId) await this.join(activeId);
  }

  private leave(conversationId: string): void {
    this.link.tell('chat:leave', { conversationId });
    this.joined = undefined;
  }

  private async join(conversationId: string): Promise<void> {
    const { seq, changeSeq } = await this.link.request<Heads>('chat:join', { conversationId });
    this.joined = conversationId;
    const heads = { seq, changeSeq };
    // Events have kept it up to date all the while; if not, these heads say so.
    if (this.isLoaded(conversationId)) this.store.dispatch({ type: 'heard of', conversationId, heads });
    else await this.load(conversationId, heads);
  }

  /** First the heads, then the page: so the page holds every change up to them, and events tell the later ones. */
  private async load(conversationId: string, heads: Heads): Promise<void> {
    this.store.dispatch({ type: 'opened', conversationId, heads });
    try {
      await this.page(conversationId);
    } catch (error) {
      this.store.dispatch({ type: 'closed', conversationId });
      throw error;
    }
    this.catchUp.request([conversationId]);
  }

  private isLoaded(conversationId: string): boolean {
    return this.store.state().conversations[conversationId]?.timeline !== undefined;
  }

  /** One request at a time for each conversation; who asks meanwhile waits for the same one. */
  private page(conversationId: string): Promise<void> {
    const running = this.paging.get(conversationId);
    if (running) return running;
    const started = this.fetchPage(conversationId).finally(() => this.paging.delete(conversationId));
    this.paging.set(conversationId, started);
    return started;
  }

  private async fetchPage(conversationId: string): Promise<void> {
    const timeline = this.store.state().conversations[conversationId]?.timeline;
    if (!timeline?.hasOlder) return;
    const asOf = reachedBy(timeline).changeSeq;
    const page = await this.api.history(conversationId, beforeSeq(timeline));
    this.store.dispatch({ type: 'paged', conversationId, page, asOf });
  }
}
