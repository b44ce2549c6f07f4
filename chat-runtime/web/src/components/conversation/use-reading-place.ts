import { useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { ReadingPlace, type Drawn } from './reading-place';

/** `rows` changes whenever what is drawn does. */
export function useReadingPlace(box: RefObject<HTMLElement | null>, { first, own }: Drawn, rows: unknown) {
  const [isAtEnd, setIsAtEnd] = useState(true);
  const place = useRef<ReadingPlace>(null);

  useLayoutEffect(() => {
    if (box.current === null) return;
    const here = new ReadingPlace(box.current, setIsAtEnd);
    place.current = here;
    return () => here.end();
  }, [box]);
  useLayoutEffect(() => place.current?.drawn({ first, own }), [first, own, rows]);

  return { isAtEnd, toEnd: () => place.current?.toEnd() };
}
