// The address says which conversation is open, so that a reload and the browser's back button do what one expects.
import { useSyncExternalStore } from 'react';

const PREFIX = '#/c/';

export function useRoute(): string | undefined {
  return useSyncExternalStore(subscribe, current);
}

export function addressOf(conversationId: string): string {
  return PREFIX + encodeURIComponent(conversationId);
}

/** `undefined` is the list. */
export function goTo(conversationId: string | undefined): void {
  window.location.hash = conversationId === undefined ? '#/' : addressOf(conversationId);
}

function current(): string | undefined {
  const { hash } = window.location;
  return hash.startsWith(PREFIX) ? decodeURIComponent(hash.slice(PREFIX.length)) : undefined;
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}
