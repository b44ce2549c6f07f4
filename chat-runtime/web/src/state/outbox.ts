// Messages that were written here and are not in the history yet. Pure. An entry keeps its clientMessageId through
// every retry, which is why sending it again, even after a reload, makes no second message.
import type { Message } from '../api/wire';

export type OutboxState =
  /** Not sent, or sent without an answer: sent (again) as soon as possible. */
  | 'queued'
  /** The server has it durably; it comes back with a number once stored. */
  | 'accepted'
  /** Refused for good; the writer decides. */
  | 'failed';

export interface OutboxEntry {
  readonly clientMessageId: string;
  readonly conversationId: string;
  readonly text: string;
  readonly createdAt: string;
  readonly state: OutboxState;
  /** Why it failed, in words for the writer. */
  readonly reason?: string;
}

export type Outbox = readonly OutboxEntry[];

/** Puts an entry at the end; one with the same id is replaced where it stands. */
export function put(outbox: Outbox, entry: OutboxEntry): Outbox {
  const known = outbox.some(sameAs(entry.clientMessageId));
  return known ? outbox.map((other) => (sameAs(entry.clientMessageId)(other) ? entry : other)) : [...outbox, entry];
}

export function remove(outbox: Outbox, clientMessageId: string): Outbox {
  return outbox.filter((entry) => !sameAs(clientMessageId)(entry));
}

export function accepted(outbox: Outbox, clientMessageId: string): Outbox {
  return update(outbox, clientMessageId, ({ reason: _reason, ...entry }) => ({
    ...entry,
    state: 'accepted',
  }));
}

export function failed(outbox: Outbox, clientMessageId: string, reason: string): Outbox {
  return update(outbox, clientMessageId, (entry) => ({ ...entry, state: 'failed', reason }));
}

export function queued(outbox: Outbox, clientMessageId: string): Outbox {
  return update(outbox, clientMessageId, ({ reason: _reason, ...entry }) => ({
    ...entry,
    state: 'queued',
  }));
}

/** After a lost connection the server may have answered unheard: whatever is not in the history is sent again. */
export function requeueAccepted(outbox: Outbox): Outbox {
  return outbox.map((entry) => (entry.state === 'accepted' ? { ...entry, state: 'queued' } : entry));
}

/** Drops what came back as a message of `me`. */
export function settle(outbox: Outbox, messages: readonly Message[], me: string): Outbox {
  if (outbox.length === 0) return outbox;
  const mine = messages.filter((message) => message.senderId === me);
  const stored = new Set(mine.map((message) => message.clientMessageId));
  const open = outbox.filter((entry) => !stored.has(entry.clientMessageId));
  return open.length === outbox.length ? outbox : open;
}

const sameAs = (clientMessageId: string) => (entry: OutboxEntry) => entry.clientMessageId === clientMessageId;

function update(outbox: Outbox, clientMessageId: string, to: (entry: OutboxEntry) => OutboxEntry): Outbox {
  return outbox.map((entry) => (sameAs(clientMessageId)(entry) ? to(entry) : entry));
}
