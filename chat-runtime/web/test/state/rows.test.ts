import { describe, expect, it } from 'vitest';
import { asMessage } from '../../src/state/change';
import { rowsOf, type Row } from '../../src/state/rows';

const noon = new Date(2026, 10, 20, 12).getTime();

function messageAt(seq: number, senderId: string, minutes: number) {
  const names = { id: `m${seq}`, conversationId: 'c', clientMessageId: `k${seq}` };
  const createdAt = new Date(noon + minutes * 60_000).toISOString();
  return asMessage({ ...names, seq, senderId, type: 'text', text: '', createdAt });
}

const shape = (rows: readonly Row[]) =>
  rows.map((row) =>
    row.kind === 'message' ? `${row.isFirst ? '[' : ''}${row.message.seq}${row.isLast ? ']' : ''}` : row.kind,
  );

describe('the rows of a conversation', () => {
  it('are runs of one sender, broken by another one, a pause, and a day', () => {
    const messages = [
      messageAt(1, 'ann', 0),
      messageAt(2, 'ann', 1),
      messageAt(3, 'bob', 2),
      messageAt(4, 'ann', 3),
      messageAt(5, 'ann', 9),
      messageAt(6, 'ann', 24 * 60),
    ];
    const expected = ['day', '[1', '2]', '[3]', '[4]', '[5]', 'day', '[6]'];
    expect(shape(rowsOf(messages, [], undefined))).toEqual(expected);
  });

  it('show where the unread begins, inside a run too, and what is on its way at the end', () => {
    const messages = [messageAt(7, 'ann', 0), messageAt(8, 'ann', 1)];
    const entry = { clientMessageId: 'x', conversationId: 'c', text: 'hi', createdAt: '', state: 'queued' } as const;
    expect(shape(rowsOf(messages, [entry], 7))).toEqual(['day', '[7]', 'unread', '[8]', 'unsent']);
  });

  it('have keys that stay when older messages come above', () => {
    const messages = [messageAt(1, 'ann', 0), messageAt(2, 'ann', 1)];
    const keys = (rows: readonly Row[]) => rows.filter((row) => row.kind === 'message').map((row) => row.key);
    expect(keys(rowsOf(messages, [], undefined)).slice(1)).toEqual(keys(rowsOf(messages.slice(1), [], undefined)));
  });
});
