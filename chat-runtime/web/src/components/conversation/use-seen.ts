import { useEffect } from 'react';

/** Reports the newest message as seen while its end of the conversation is in view of someone. */
export function useSeen(isAtEnd: boolean, seq: number | undefined, onSeen: (seq: number) => void): void {
  useEffect(() => {
    if (!isAtEnd || seq === undefined) return;
    const look = () => {
      if (document.visibilityState === 'visible' && document.hasFocus()) onSeen(seq);
    };
    look();
    window.addEventListener('focus', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      window.removeEventListener('focus', look);
      document.removeEventListener('visibilitychange', look);
    };
    // What `onSeen` does is always the same, though it is made anew with every drawing.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [isAtEnd, seq]);
}
