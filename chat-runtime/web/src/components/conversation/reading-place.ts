// Keeps the reader's place in a box of messages. At the end, one stays at the end as messages come; further up, what
// is read stays where it is, whatever is put in above it.

/** So close to the end counts as being there. */
const NEAR_PX = 60;

export class ReadingPlace {
  private isAtEnd = true;
  private isFirstDrawing = true;
  private lastOwn: string | undefined;
  /** The first message in view, and where it stood when one saw it last. */
  private anchor: { readonly row: Element; readonly top: number } | undefined;
  private readonly resizing = new ResizeObserver(() => this.keep());

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

  /**
   * Call it after the box was drawn anew, before the browser paints. `own` names the newest message of one's own that
   * is on its way: writing leads to the end.
   */
  drawn(own: string | undefined): void {
    const wrote = own !== undefined && own !== this.lastOwn;
    this.lastOwn = own;
    if (this.isFirstDrawing && this.rows().length > 0) this.begin();
    else if (wrote) this.toEnd();
    else this.keep();
  }

  /** Where the unread begins, or at the end. */
  private begin(): void {
    this.isFirstDrawing = false;
    const unread = this.box.querySelector('[data-unread-line]');
    if (unread === null) return this.toEnd();
    unread.scrollIntoView({ block: 'center' });
    this.note();
  }

  private keep(): void {
    const { anchor } = this;
    if (this.isAtEnd) this.box.scrollTop = this.box.scrollHeight;
    else if (anchor?.row.isConnected) this.box.scrollTop += topOf(anchor.row) - anchor.top;
    this.note();
  }

  private readonly note = (): void => {
    const { scrollHeight, scrollTop, clientHeight } = this.box;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    const edge = topOf(this.box);
    const row = this.rows().find((one) => topOf(one) >= edge);
    this.anchor = row && { row, top: topOf(row) };
    this.onIsAtEnd(this.isAtEnd);
  };

  private rows(): readonly Element[] {
    return [...this.box.querySelectorAll('article')];
  }
}

function topOf(element: Element): number {
  return element.getBoundingClientRect().top;
}
