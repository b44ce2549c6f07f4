// Tells the others that one is typing: at the first key, again while it goes on, and once when it stops.
import type { Link } from './link';

/** The server forgets a start after a while; it is said again before that. */
const REPEAT_MS = 3_000;
const IDLE_MS = 4_000;

export class Typing {
  private conversationId: string | undefined;
  private saidAt = 0;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly link: Link) {}

  /** A key was pressed in this conversation's text. */
  touch(conversationId: string): void {
    if (this.conversationId !== conversationId) this.stop();
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.stop(), IDLE_MS);
    if (this.conversationId !== undefined && Date.now() < this.saidAt + REPEAT_MS) return;
    this.conversationId = conversationId;
    this.saidAt = Date.now();
    this.link.tell('chat:typing:start', { conversationId });
  }

  /** Sent, emptied, left, or idle. */
  stop(): void {
    clearTimeout(this.idle);
    if (this.conversationId === undefined) return;
    this.link.tell('chat:typing:stop', { conversationId: this.conversationId });
    this.conversationId = undefined;
  }
}
