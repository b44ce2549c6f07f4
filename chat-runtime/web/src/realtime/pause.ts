// A wait that can be cut short: by the time, by good news, or for good.

export class Pause {
  private readonly waiting = new Set<() => void>();
  private ended = false;

  /** Resolves after `ms`, or as soon as `cut` is called. */
  wait(ms: number): Promise<void> {
    if (this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        this.waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(go, ms);
      this.waiting.add(go);
    });
  }

  cut(): void {
    for (const go of [...this.waiting]) go();
  }

  /** No more waiting, now and later. */
  end(): void {
    this.ended = true;
    this.cut();
  }
}
