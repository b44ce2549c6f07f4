// The server's side of one conversation, as small as can be: what the properties compare the client with.
// It is written the other way round than the client: it replays everything from the start at each question.
import type { CatchUp, Change, HistoryPage, Message, ReceivedMessage } from '../../src/api/wire';

export type Operation =
  | { readonly do: 'send' }
  | { readonly do: 'edit' | 'delete'; readonly which: number }
  | { readonly do: 'react'; readonly which: number; readonly emoji: string; readonly by: string }
  | { readonly do: 'members' };

export type Event =
  { readonly on: 'receive'; readonly message: ReceivedMessage } | { readonly on: 'change'; readonly change: Change };

const AT = '2026-01-01T00:00:00.000Z';

export class ServerModel {
  readonly events: Event[] = [];
  private readonly stored: ReceivedMessage[] = [];
  private readonly changes: Change[] = [];

  get seq(): number {
    return this.stored.length;
  }

  get changeSeq(): number {
    return this.changes.length;
  }

  apply(operation: Operation): void {
    if (operation.do === 'send') return this.send();
    const target = 'which' in operation ? this.fresh()[operation.which % this.seq] : undefined;
    if (operation.do !== 'members' && (target === undefined || target.deletedAt)) return;
    const change = {
      ...this.asChange(operation),
      ...(target && { messageId: target.id }),
      changeSeq: this.changeSeq + 1,
    };
    this.changes.push(change);
    this.events.push({ on: 'change', change });
  }

  /** Every message as it is now. */
  fresh(): Message[] {
    return this.stored.map((message) => this.current(message));
  }

  history(before: number, limit: number): HistoryPage {
    const older = this.fresh().filter((message) => message.seq < before);
    return { messages: older.slice(-limit), hasMore: older.length > limit };
  }

  sync(seq: number, changeSeq: number, limit: number): CatchUp {
    const messages = this.fresh().filter((message) => message.seq > seq);
    const changes = this.changes.slice(changeSeq);
    return {
      messages: messages.slice(0, limit),
      changes: changes.slice(0, limit),
      seq: Math.min(this.seq, seq + limit),
      changeSeq: Math.min(this.changeSeq, changeSeq + limit),
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

  private asChange(operation: Exclude<Operation, { do: 'send' }>): Omit<Change, 'changeSeq'> {
    switch (operation.do) {
      case 'edit':
        return { kind: 'edit', userId: 'ann', text: `edit ${this.changeSeq}`, at: AT };
      case 'delete':
        return { kind: 'delete', userId: 'ann', at: AT };
      case 'react': {
        const chosen = this.fresh()[operation.which % this.seq]?.reactions[operation.emoji] ?? [];
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
