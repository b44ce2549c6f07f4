import { useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { ReadingPlace } from './reading-place';

/** `rows` changes whenever what is drawn does; for `own` see `ReadingPlace.drawn`. */
export function useReadingPlace(box: RefObject<HTMLElement | null>, own: string | undefined, rows: unknown) {
  const [isAtEnd, setIsAtEnd] = useState(true);
  const place = useRef<ReadingPlace>(null);

  useLayoutEffect(() => {
    if (box.current === null) return;
    const here = new ReadingPlace(box.current, setIsAtEnd);
    place.current = here;
    return () => here.end();
  }, [box]);
  useLayoutEffect(() => place.current?.drawn(own), [own, rows]);

  return { isAtEnd, toEnd: () => place.current?.toEnd() };
}
