// A wait that can be cut short: by the time, by good news, or for good.

export class Pause {
  private wake: (() => void) | undefined;
  private ended = false;

  /** Resolves after `ms`, or as soon as `cut` is called. */
  wait(ms: number): Promise<void> {
    if (this.ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  cut(): void {
    this.wake?.();
  }

  /** No more waiting, now and later. */
  end(): void {
    this.ended = true;
    this.cut();
  }
}
