// The server's side of one conversation, as small as can be: what the properties compare the client with.
// It is written the other way round than the client: it replays everything from the start at each question.
import type { CatchUp, Change, HistoryPage, Message, ReceivedMessage } from '../../src/api/wire';

export type Operation =
  | { readonly do: 'send' }
  | { readonly do: 'edit' | 'delete'; readonly which: number }
  | { readonly do: 'react'; readonly which: number; readonly emoji: string; readonly by: string }
  | { readonly do: 'members' }
  | { readonly do: 'expire'; readonly which: number };

export type Event =
  { readonly on: 'receive'; readonly message: ReceivedMessage } | { readonly on: 'change'; readonly change: Change };

const AT = '2026-01-01T00:00:00.000Z';

export class ServerModel {
  readonly events: Event[] = [];
  private readonly stored: ReceivedMessage[] = [];
  private readonly changes: Change[] = [];
  private expired = 0;

  get seq(): number {
    return this.stored.length;
  }

  get changeSeq(): number {
    return this.changes.length;
  }

  apply(operation: Operation): void {
    if (operation.do === 'send') return this.send();
    if (operation.do === 'expire') return this.expire(1 + operation.which);
    const kept = this.stored.length - this.expired;
    const target = 'which' in operation ? this.stored[this.expired + (operation.which % kept)] : undefined;
    if (operation.do !== 'members' && (target === undefined || this.current(target).deletedAt)) return;
    const change = {
      ...this.asChange(operation),
      ...(target && { messageId: target.id }),
      changeSeq: this.changeSeq + 1,
    };
    this.changes.push(change);
    this.events.push({ on: 'change', change });
  }

  /** Every message as it is now, of those that have not expired. */
  fresh(): Message[] {
    return this.stored.filter(({ seq }) => seq > this.expired).map((message) => this.current(message));
  }

  history(before: number, limit: number): HistoryPage {
    const older = this.fresh().filter((message) => message.seq < before);
    return { messages: older.slice(-limit), hasMore: older.length > limit };
  }

  sync(seq: number, changeSeq: number, limit: number): CatchUp {
    const messages = this.fresh().filter((message) => message.seq > seq);
    const changes = this.changes.slice(changeSeq).filter((change) => this.isTold(change));
    const [told, toldOf] = [messages.slice(0, limit), changes.slice(0, limit)];
    return {
      messages: told,
      changes: toldOf,
      seq: messages.length > limit ? (told.at(-1)?.seq ?? seq) : this.seq,
      changeSeq: changes.length > limit ? (toldOf.at(-1)?.changeSeq ?? changeSeq) : this.changeSeq,
      headSeq: this.seq,
      headChangeSeq: this.changeSeq,
      marks: [],
      hasMore: messages.length > limit || changes.length > limit,
    };
  }

  private send(): void {
    const seq = this.seq + 1;
    const message = {
      id: `m${seq}`,
      conversationId: 'c',
      seq,
      senderId: 'ann',
      clientMessageId: `k${seq}`,
      type: 'text' as const,
      text: `text ${seq}`,
      createdAt: AT,
    };
    this.stored.push(message);
    this.events.push({ on: 'receive', message });
  }

  private expire(upTo: number): void {
    const throughSeq = Math.min(upTo, this.seq);
    if (throughSeq <= this.expired) return;
    this.expired = throughSeq;
    const change = { kind: 'expire', userId: 'nobody', throughSeq, at: AT, changeSeq: this.changeSeq + 1 };
    this.changes.push(change);
    this.events.push({ on: 'change', change });
  }

  /** Nothing of what has expired, and of expiries only the last. */
  private isTold({ kind, throughSeq, messageId }: Change): boolean {
    if (kind === 'expire') return throughSeq === this.expired;
    const target = this.stored.find((message) => message.id === messageId);
    return target === undefined || target.seq > this.expired;
  }

  private asChange(operation: Exclude<Operation, { do: 'send' | 'expire' }>): Omit<Change, 'changeSeq'> {
    switch (operation.do) {
      case 'edit':
        return { kind: 'edit', userId: 'ann', text: `edit ${this.changeSeq}`, at: AT };
      case 'delete':
        return { kind: 'delete', userId: 'ann', at: AT };
      case 'react': {
        const fresh = this.fresh();
        const chosen = fresh[operation.which % fresh.length]?.reactions[operation.emoji] ?? [];
        const removed = chosen.includes(operation.by);
        return { kind: 'react', userId: operation.by, emoji: operation.emoji, removed, at: AT };
      }
      case 'members':
        return { kind: 'members', userId: 'ann', at: AT };
    }
  }

  private current(message: ReceivedMessage): Message {
    const mine = this.changes.filter((change) => change.messageId === message.id);
    const deleted = mine.some((change) => change.kind === 'delete');
    const edits = mine.filter((change) => change.kind === 'edit');
    const { text, ...rest } = message;
    return {
      ...rest,
      type: deleted ? 'deleted' : rest.type,
      ...(!deleted && { text: edits.at(-1)?.text ?? text ?? '' }),
      changeSeq: mine.at(-1)?.changeSeq ?? 0,
      reactions: deleted ? {} : reactionsOf(mine),
      ...(edits.length > 0 && { editedAt: AT }),
      ...(deleted && { deletedAt: AT }),
    };
  }
}

function reactionsOf(changes: readonly Change[]): Record<string, string[]> {
  const chosen = new Map<string, Set<string>>();
  for (const { kind, emoji = '', userId = '', removed } of changes) {
    if (kind !== 'react') continue;
    const users = chosen.get(emoji) ?? chosen.set(emoji, new Set()).get(emoji);
    if (removed) users?.delete(userId);
    else users?.add(userId);
  }
  const entries = [...chosen].filter(([, users]) => users.size > 0);
  return Object.fromEntries(entries.map(([emoji, users]) => [emoji, [...users].sort()]));
}
