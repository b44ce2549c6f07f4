// The running chat of who is logged in: puts the parts together, and offers what the components can do.
import { ApiClient, type NewConversation } from '../api/client';
import { newId } from '../api/id';
import { wordsOf } from '../api/problem';
import type { Session } from '../api/session';
import type { User } from '../api/wire';
import { initialChat, type Connection } from '../state/chat';
import { Store } from '../state/store';
import { CatchUp } from './catch-up';
import { listen } from './events';
import { Link } from './link';
import { Opening } from './opening';
import { OutboxStorage } from './outbox-storage';
import { People } from './people';
import { Receipts } from './receipts';
import { Sender } from './sender';
import { Summaries } from './summaries';
import { Typing } from './typing';

export class Chat {
  readonly store: Store;
  /** What was written and not sent, by conversation. */
  readonly drafts = new Map<string, string>();
  private readonly api: ApiClient;
  private readonly link: Link;
  private readonly outbox: OutboxStorage;
  private readonly sender: Sender;
  private readonly receipts: Receipts;
  private readonly typing: Typing;
  private readonly summaries: Summaries;
  private readonly catchUp: CatchUp;
  private readonly opening: Opening;
  private readonly people: People;
  private readonly unsubscribe: () => void;
  private followUpPlanned = false;
  private noticeId = 0;

  constructor(
    origin: string,
    private readonly session: Session,
    storage: Storage,
  ) {
    this.outbox = new OutboxStorage(storage, session.user.id);
    this.store = new Store(initialChat(session.user, this.outbox.load()));
    this.api = new ApiClient(origin, session);
    this.link = new Link(origin, session, (connection) => this.onConnection(connection));
    this.sender = new Sender(this.link, this.store);
    this.receipts = new Receipts(this.link, this.store);
    this.typing = new Typing(this.link);
    this.summaries = new Summaries(this.api, this.store);
    this.catchUp = new CatchUp(this.link, this.store);
    this.opening = new Opening(this.link, this.api, this.store, this.summaries, this.catchUp);
    this.people = new People(this.link, this.api, this.store);
    listen(this.link.socket, this.store, () => this.summaries.reload());
    this.link.socket.on('chat:resync', ({ conversationId }) => this.resync(conversationId));
    this.unsubscribe = this.store.subscribe(() => this.planFollowUp());
  }

  start(): void {
    window.addEventListener('online', this.nudge);
    document.addEventListener('visibilitychange', this.tellPresence);
    this.link.start();
  }

  stop(): void {
    window.removeEventListener('online', this.nudge);
    document.removeEventListener('visibilitychange', this.tellPresence);
    this.unsubscribe();
    this.typing.stop();
    this.sender.stop();
    this.receipts.stop();
    this.catchUp.stop();
    this.opening.stop();
    this.people.stop();
    this.summaries.stop();
    this.link.stop();
  }

  /** Looks at a conversation, or at none; again after it could not be opened. */
  activate(conversationId: string | undefined): void {
    this.typing.stop();
    this.store.dispatch({ type: 'activated', conversationId });
  }

  loadOlder(conversationId: string): Promise<void> {
    return this.opening.loadOlder(conversationId);
  }

  async loadMoreConversations(): Promise<void> {
    try {
      await this.summaries.more();
    } catch (error) {
      this.notice(wordsOf(error));
    }
  }

  send(conversationId: string, text: string): void {
    const entry = {
      clientMessageId: newId(),
      conversationId,
      text,
      createdAt: new Date().toISOString(),
      state: 'queued',
    } as const;
    this.typing.stop();
    this.store.dispatch({ type: 'put in outbox', entry });
    void this.sender.flush();
  }

  retry(clientMessageId: string): void {
    this.store.dispatch({ type: 'queued again', clientMessageId });
    void this.sender.flush();
  }

  discard(clientMessageId: string): void {
    this.store.dispatch({ type: 'discarded', clientMessageId });
  }

  touchTyping(conversationId: string): void {
    this.typing.touch(conversationId);
  }

  stopTyping(): void {
    this.typing.stop();
  }

  see(conversationId: string, seq: number): void {
    this.receipts.see(conversationId, seq);
  }

  /** Others whose name or address matches. */
  async searchUsers(text: string): Promise<readonly User[]> {
    const found = await this.api.users(text);
    return found.filter((user) => user.id !== this.session.user.id);
  }

  /** Answers the conversation's id; the same one for the same `key`, so that trying again starts no second group. */
  async startConversation(conversation: NewConversation, key: string): Promise<string> {
    const started = await this.api.startConversation(conversation, key);
    this.store.dispatch({ type: 'fetched', conversation: started });
    return started.id;
  }

  private notice(text: string): void {
    this.noticeId += 1;
    this.store.dispatch({ type: 'noticed', id: this.noticeId, text });
  }

  dismiss(id: number): void {
    this.store.dispatch({ type: 'dismissed', id });
  }

  logOut(): Promise<void> {
    // The tokens are gone here in any case; unheard, the server ends them with their time.
    return this.session.logOut().catch(() => undefined);
  }

  private readonly nudge = (): void => this.link.nudge();

  private readonly tellPresence = (): void =>
    this.link.tell('presence:set', { status: document.hidden ? 'away' : 'online' });

  private onConnection(connection: Connection): void {
    const wasOnline = this.store.state().connection === 'online';
    this.store.dispatch({ type: 'connection', connection });
    if (connection === 'online') this.connected();
    else if (wasOnline) this.disconnected();
  }

  private disconnected(): void {
    this.opening.disconnected();
    this.people.disconnected();
  }

  private connected(): void {
    if (document.hidden) this.tellPresence();
    if (this.store.state().openProblem !== undefined) this.activate(this.store.state().activeId);
    this.store.dispatch({ type: 'reconnected' });
    void this.sender.flush();
    this.receipts.flush();
    this.catchUp.requestAll();
    this.summaries.reload();
  }

  private resync(conversationId: string | undefined): void {
    if (conversationId !== undefined) return this.catchUp.request([conversationId]);
    this.catchUp.requestAll();
    this.summaries.reload();
  }

  /** Once for a burst of changes, when it is over: what the new state calls for. */
  private planFollowUp(): void {
    if (this.followUpPlanned) return;
    this.followUpPlanned = true;
    queueMicrotask(() => {
      this.followUpPlanned = false;
      this.outbox.save(this.store.state().outbox);
      this.catchUp.requestMissing();
      this.summaries.settle();
      this.receipts.deliverAll();
      this.people.meet();
      void this.opening.ensure();
    });
  }
}
