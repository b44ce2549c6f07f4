// Names and presence of the people on the screen, asked for once each.
import type { ApiClient } from '../api/client';
import { Problem } from '../api/problem';
import type { Presence } from '../api/wire';
import type { ChatState } from '../state/chat';
import type { Store } from '../state/store';
import type { Link } from './link';
import { Pause } from './pause';

const RETRY_MS = 5_000;
/** Larger groups show no presence. */
const SMALL_GROUP = 100;

export class People {
  private readonly askedName = new Set<string>();
  private readonly askedPresence = new Set<string>();
  private readonly pause = new Pause();
  private stopped = false;
  private names: Promise<void> = Promise.resolve();

  constructor(
    private readonly link: Link,
    private readonly api: ApiClient,
    private readonly store: Store,
  ) {}

  /** What was known may have changed while there was no connection. */
  disconnected(): void {
    this.askedPresence.clear();
    this.askedName.clear();
  }

  stop(): void {
    this.stopped = true;
    this.pause.end();
  }

  /** Asks for whom the screen shows and this client does not know. */
  meet(): void {
    if (!this.link.isOnline) return;
    const state = this.store.state();
    const nameless = [...shown(state)].filter((id) => !state.users[id] && !this.askedName.has(id));
    for (const id of nameless) {
      this.askedName.add(id);
      this.names = this.names.then(() => this.fetchName(id));
    }
    const unseen = [...watched(state)].filter((id) => !this.askedPresence.has(id));
    if (unseen.length > 0) void this.askPresence(unseen);
  }

  private async fetchName(id: string): Promise<void> {
    try {
      this.store.dispatch({ type: 'met', users: [await this.api.user(id)] });
    } catch {
      // Shown without a name until the next connection asks again.
    }
  }

  private async askPresence(userIds: readonly string[]): Promise<void> {
    for (const id of userIds) this.askedPresence.add(id);
    try {
      const { users } = await this.link.request<{ users: Readonly<Record<string, Presence>> }>('presence:get', {
        userIds,
      });
      this.store.dispatch({ type: 'presence', presence: users });
    } catch (error) {
      // Shown as offline until it is asked again.
      await this.pause.wait((error instanceof Problem ? error.retryAfterMs : undefined) ?? RETRY_MS);
      for (const id of userIds) this.askedPresence.delete(id);
      if (!this.stopped) this.meet();
    }
  }
}

/** Partners, and who wrote what is visible. */
function shown({ conversations, activeId }: ChatState): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { info } of Object.values(conversations)) {
    if (info.type === 'direct') info.members.forEach((member) => ids.add(member.userId));
    if (info.lastMessage) ids.add(info.lastMessage.senderId);
  }
  const active = activeId === undefined ? undefined : conversations[activeId];
  active?.timeline?.messages.forEach((message) => ids.add(message.senderId));
  active?.info.members.slice(0, SMALL_GROUP).forEach((member) => ids.add(member.userId));
  return ids;
}

function watched({ conversations, activeId, me }: ChatState): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { info } of Object.values(conversations)) {
    const isSmall = info.members.length <= SMALL_GROUP;
    if (info.type === 'direct' || (info.id === activeId && isSmall)) {
      info.members.forEach((member) => ids.add(member.userId));
    }
  }
  ids.delete(me.id);
  return ids;
}
