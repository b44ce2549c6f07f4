// Holds the chat's state, and tells who listens when it changed.
import type { Action } from './action';
import type { ChatState } from './chat';
import { reduce } from './reducer';

export class Store {
  private readonly listeners = new Set<() => void>();

  constructor(private current: ChatState) {}

  readonly state = (): ChatState => this.current;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly dispatch = (action: Action): void => {
    const next = reduce(this.current, action);
    if (next === this.current) return;
    this.current = next;
    for (const listener of [...this.listeners]) listener();
  };
}
