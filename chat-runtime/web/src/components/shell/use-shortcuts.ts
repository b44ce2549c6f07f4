import { useEffect } from 'react';

interface Shortcuts {
  readonly start: () => void;
  readonly close: () => void;
  /** To the conversation above (-1) or below (1) in the list. */
  readonly step: (by: -1 | 1) => void;
}

/** Ctrl/⌘ K starts a conversation, Escape leaves one, Alt ↑ and Alt ↓ go through them. */
export function useShortcuts(shortcuts: Shortcuts): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('dialog[open]')) return;
      const does = actionOf(event, shortcuts);
      if (does === undefined) return;
      event.preventDefault();
      does();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [shortcuts]);
}

function actionOf(event: KeyboardEvent, { start, close, step }: Shortcuts): (() => void) | undefined {
  if ((event.ctrlKey || event.metaKey) && event.key === 'k') return start;
  if (event.key === 'Escape') return close;
  if (event.altKey && event.key === 'ArrowUp') return () => step(-1);
  if (event.altKey && event.key === 'ArrowDown') return () => step(1);
  return undefined;
}
