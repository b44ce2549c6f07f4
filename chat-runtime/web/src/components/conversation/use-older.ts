import { useEffect, useState, type RefObject } from 'react';

/** Older messages are fetched when this little is left above. */
const AHEAD_PX = 600;

/** Loads older messages as one scrolls up to them; says whether it is doing so. */
export function useOlder(
  box: RefObject<HTMLDivElement | null>,
  hasOlder: boolean,
  first: number | undefined,
  load: () => Promise<void>,
): boolean {
  const [isLoading, setIsLoading] = useState(false);

  useEffect(() => {
    const element = box.current;
    if (element === null || !hasOlder || isLoading) return;
    const check = () => {
      if (element.scrollTop > AHEAD_PX) return;
      setIsLoading(true);
      void load().finally(() => setIsLoading(false));
    };
    check();
    element.addEventListener('scroll', check, { passive: true });
    return () => element.removeEventListener('scroll', check);
    // `first`: a page may be too small to scroll, then the next one follows at once.
  }, [box, hasOlder, isLoading, first, load]);

  return isLoading;
}
