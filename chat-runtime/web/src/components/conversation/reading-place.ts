// Keeps the reader's place in a box of messages. At the end, one stays at the end as messages come; further up, what
// is read stays where it is while older messages are put in above it.

/** So close to the end counts as being there. */
const NEAR_PX = 60;

export interface Drawn {
  /** The number of the first message. */
  readonly first: number | undefined;
  /** The newest message of one's own that is on its way: writing leads to the end. */
  readonly own: string | undefined;
}

export class ReadingPlace {
  private isAtEnd = true;
  private before: Drawn = { first: undefined, own: undefined };
  private height = 0;
  private readonly resizing = new ResizeObserver(() => this.resized());

  constructor(
    private readonly box: HTMLElement,
    private readonly onIsAtEnd: (isAtEnd: boolean) => void,
  ) {
    this.resizing.observe(box);
    box.addEventListener('scroll', this.note, { passive: true });
  }

  end(): void {
    this.resizing.disconnect();
    this.box.removeEventListener('scroll', this.note);
  }

  readonly toEnd = (): void => {
    this.box.scrollTop = this.box.scrollHeight;
    this.note();
  };

  /** Call it after the box was drawn anew, before the browser paints. */
  drawn(now: Drawn): void {
    const { first, own } = this.before;
    const wrote = now.own !== undefined && now.own !== own;
    const grewAbove = first !== undefined && now.first !== undefined && now.first < first;
    const unread = first === undefined ? this.box.querySelector('[data-unread-line]') : null;
    if (unread) unread.scrollIntoView({ block: 'center' });
    else if (this.isAtEnd || wrote) this.box.scrollTop = this.box.scrollHeight;
    else if (grewAbove) this.box.scrollTop += this.box.scrollHeight - this.height;
    this.before = now;
    this.note();
  }

  /** The window, the composer: whoever takes room, what is at the end stays there. */
  private resized(): void {
    if (this.isAtEnd) this.box.scrollTop = this.box.scrollHeight;
    this.note();
  }

  private readonly note = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    this.height = scrollHeight;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.onIsAtEnd(this.isAtEnd);
  };
}
