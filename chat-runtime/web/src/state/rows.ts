// A conversation as the rows that are drawn: messages in runs of one sender, days, where the unread begins, and
// last what is on its way. Pure.
import type { Message } from '../api/wire';
import type { OutboxEntry } from './outbox';

export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: string }
  | { readonly kind: 'unread'; readonly key: string }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly message: Message;
      /** Of a run by the same sender without a longer pause. */
      readonly isFirst: boolean;
      readonly isLast: boolean;
    }
  | {
      readonly kind: 'unsent';
      readonly key: string;
      readonly entry: OutboxEntry;
      readonly isFirst: boolean;
      readonly isLast: boolean;
    };

const RUN_MS = 5 * 60_000;

/** `unreadAfter`: a line is drawn between this number and the next message; none when undefined. */
export function rowsOf(
  messages: readonly Message[],
  unsent: readonly OutboxEntry[],
  unreadAfter: number | undefined,
): readonly Row[] {
  const rows = messages.flatMap((message, index): Row[] => {
    const before = messages[index - 1];
    const after = messages[index + 1];
    const startsDay = before === undefined || !sameDay(before.createdAt, message.createdAt);
    const startsUnread = message.seq - 1 === unreadAfter;
    return [
      ...(startsDay ? [{ kind: 'day' as const, key: `day ${message.seq}`, at: message.createdAt }] : []),
      ...(startsUnread ? [{ kind: 'unread' as const, key: 'unread' }] : []),
      {
        kind: 'message',
        key: message.id,
        message,
        isFirst: startsDay || startsUnread || !sameRun(before, message),
        isLast: after === undefined || after.seq - 1 === unreadAfter || !sameRun(message, after),
      },
    ];
  });
  return [...rows, ...unsent.map(unsentRow)];
}

function unsentRow(entry: OutboxEntry, index: number, all: readonly OutboxEntry[]): Row {
  return {
    kind: 'unsent',
    key: entry.clientMessageId,
    entry,
    isFirst: index === 0,
    isLast: index === all.length - 1,
  };
}

function sameRun(a: Message, b: Message): boolean {
  return a.senderId === b.senderId && sameDay(a.createdAt, b.createdAt) && gapMs(a, b) < RUN_MS;
}

function gapMs(a: Message, b: Message): number {
  return Date.parse(b.createdAt) - Date.parse(a.createdAt);
}

function sameDay(a: string, b: string): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
