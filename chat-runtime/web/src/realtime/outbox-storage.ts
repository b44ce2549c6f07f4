// Keeps the outbox across reloads. One key for each entry, so that two tabs do not overwrite each other's.
import type { Outbox, OutboxEntry } from '../state/outbox';

export class OutboxStorage {
  private saved: Outbox = [];
  private readonly prefix: string;

  constructor(
    private readonly storage: Storage,
    userId: string,
  ) {
    this.prefix = `talkline.outbox.${userId}.`;
  }

  /** What an earlier page left, oldest first. An answer that it may have had is not known here: all are due. */
  load(): Outbox {
    const keys = Array.from({ length: this.storage.length }, (_, index) => this.storage.key(index) ?? '');
    const texts = keys.filter((key) => key.startsWith(this.prefix)).map((key) => this.storage.getItem(key) ?? '');
    const entries = texts.map((text) => JSON.parse(text) as OutboxEntry);
    const due = entries.map((entry) => (entry.state === 'accepted' ? { ...entry, state: 'queued' as const } : entry));
    return due.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  save(outbox: Outbox): void {
    if (outbox === this.saved) return;
    const kept = new Set(outbox.map((entry) => entry.clientMessageId));
    for (const { clientMessageId } of this.saved) {
      if (!kept.has(clientMessageId)) this.storage.removeItem(this.prefix + clientMessageId);
    }
    const before = new Set(this.saved);
    for (const entry of outbox) {
      if (!before.has(entry)) this.storage.setItem(this.prefix + entry.clientMessageId, JSON.stringify(entry));
    }
    this.saved = outbox;
  }
}
