// Takes numbered things that come in any order, some twice, and hands them on in order, each once.
// Messages (by seq) and changes (by changeSeq) both go through here: it is what makes an event that was
// repeated, overtaken or lost harmless.

/** Above this many the early ones are let go; a sync brings them again. */
const MAX_EARLY = 500;

export interface InOrder<T> {
  /** Everything up to this number was handed on. */
  readonly reached: number;
  /** What came ahead of its turn, by ascending number. */
  readonly early: readonly T[];
}

export type NumberOf<T> = (item: T) => number;

export interface Accepted<T> {
  readonly line: InOrder<T>;
  /** What is now due: consecutive numbers, starting right after the old `reached`. */
  readonly ready: readonly T[];
}

export function startAt<T>(reached: number): InOrder<T> {
  return { reached, early: [] };
}

export function accept<T>(line: InOrder<T>, items: readonly T[], numberOf: NumberOf<T>): Accepted<T> {
  const waiting = new Map<number, T>();
  for (const item of [...line.early, ...items]) {
    if (numberOf(item) > line.reached) waiting.set(numberOf(item), item);
  }
  const ready: T[] = [];
  let reached = line.reached;
  for (let next = waiting.get(reached + 1); next !== undefined; next = waiting.get(reached + 1)) {
    ready.push(next);
    waiting.delete(reached + 1);
    reached += 1;
  }
  const early = [...waiting.entries()].sort(([a], [b]) => a - b).slice(0, MAX_EARLY);
  return { line: { reached, early: early.map(([, item]) => item) }, ready };
}

/**
 * Takes what the server says is all that there is to see up to `reached`: numbers that are missing are none of ours.
 * What came ahead of its turn counts among it.
 */
export function acceptAll<T>(
  line: InOrder<T>,
  items: readonly T[],
  reached: number,
  numberOf: NumberOf<T>,
): Accepted<T> {
  if (reached <= line.reached) return accept(line, items, numberOf);
  const known = new Map([...line.early, ...items].map((item) => [numberOf(item), item]));
  const due = [...known].filter(([number]) => number > line.reached && number <= reached).sort(([a], [b]) => a - b);
  const { line: next, ready } = accept({ ...line, reached }, items, numberOf);
  return { line: next, ready: [...due.map(([, item]) => item), ...ready] };
}
