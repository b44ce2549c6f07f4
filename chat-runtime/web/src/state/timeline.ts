// The open part of a conversation's history: a run of messages without gaps that ends at the newest one known.
//
// The law: whatever order events, sync answers and history pages come in, however often, a timeline that has
// reached (seq, changeSeq) holds exactly what a fresh fetch at that point would. Two counters make that possible:
// messages and changes are each taken in order, and a message that comes late (a page of older history, an event
// overtaken by its own edit) gets the recent changes that it does not hold yet.
import type { CatchUp, Change, Heads, HistoryPage, Message, ReceivedMessage } from '../api/wire';
import { applyChanges, asMessage, expiredBy } from './change';
import { accept, acceptAll, startAt, type Accepted, type InOrder } from './in-order';

/** How many changes are kept for messages that come late. */
const RECENT_CHANGES = 500;

export interface Timeline {
  /** Oldest first, consecutive numbers. */
  readonly messages: readonly Message[];
  /** The messages up to this number have expired: they are gone, whoever still brings one. */
  readonly expired: number;
  /** There is history before the first message that was not fetched yet. */
  readonly hasOlder: boolean;
  readonly seq: InOrder<Message>;
  readonly changeSeq: InOrder<Change>;
  /** The last changes applied, ascending up to `changeSeq.reached`; none is missing of a message that can be seen. */
  readonly recent: readonly Change[];
  /** The furthest that anything heard of reaches; above what was reached, something is missing. */
  readonly head: Heads;
}

/**
 * An empty timeline at the conversation's present heads. Pages fetched from now on hold every change up to
 * `heads.changeSeq`; what comes after arrives as events.
 */
export function openTimeline(heads: Heads): Timeline {
  return {
    messages: [],
    expired: 0,
    hasOlder: heads.seq > 0,
    seq: startAt(heads.seq),
    changeSeq: startAt(heads.changeSeq),
    recent: [],
    head: heads,
  };
}

/** Whether something was missed, so that a sync from `reachedBy` is due. */
export function isBehind(timeline: Timeline): boolean {
  const { seq, changeSeq } = reachedBy(timeline);
  return timeline.head.seq > seq || timeline.head.changeSeq > changeSeq;
}

export function reachedBy(timeline: Timeline): Heads {
  return { seq: timeline.seq.reached, changeSeq: timeline.changeSeq.reached };
}

/** The number below which the next page of history lies. */
export function beforeSeq(timeline: Timeline): number {
  return timeline.messages[0]?.seq ?? timeline.seq.reached + 1;
}

export function receive(timeline: Timeline, received: readonly ReceivedMessage[]): Timeline {
  const messages = received.map(asMessage);
  return append(noteHead(timeline, { seq: highest(messages, seqOf) }), accept(timeline.seq, messages, seqOf));
}

export function change(timeline: Timeline, changes: readonly Change[]): Timeline {
  const noted = noteHead(timeline, { changeSeq: highest(changes, changeSeqOf) });
  return applyReady(noted, accept(timeline.changeSeq, changes, changeSeqOf));
}

/** Takes a sync's answer: messages first, since a change of one that is not there would be lost. */
export function catchUp(timeline: Timeline, answer: CatchUp): Timeline {
  const messages = answer.messages.map(asMessage);
  const caught = append(timeline, acceptAll(timeline.seq, messages, answer.seq, seqOf));
  const changes = acceptAll(caught.changeSeq, answer.changes, answer.changeSeq, changeSeqOf);
  return noteHead(applyReady(caught, changes), {
    seq: answer.headSeq,
    changeSeq: answer.headChangeSeq,
  });
}

/**
 * Puts a page of history before the first message. `asOf` is the changeSeq that the timeline had reached when the
 * page was asked for. A page that does not fit (another one came first, or more changes passed meanwhile than are
 * kept) leaves the timeline as it is; it is asked for again when still needed.
 */
export function prepend(timeline: Timeline, page: HistoryPage, asOf: number): Timeline {
  const newest = page.messages.at(-1);
  const keptFrom = timeline.changeSeq.reached - timeline.recent.length;
  if (asOf < keptFrom) return timeline;
  if (newest === undefined) return { ...timeline, hasOlder: page.hasMore };
  if (newest.seq !== beforeSeq(timeline) - 1) return timeline;
  const kept = page.messages.filter((message) => message.seq > timeline.expired);
  const older = kept.map((message) => applyChanges(message, timeline.recent));
  const hasOlder = page.hasMore && kept.length === page.messages.length;
  return { ...timeline, messages: [...older, ...timeline.messages], hasOlder };
}

/** Remembers that the conversation reaches at least this far. */
export function noteHead(timeline: Timeline, { seq = 0, changeSeq = 0 }: Partial<Heads>): Timeline {
  const { head } = timeline;
  if (seq <= head.seq && changeSeq <= head.changeSeq) return timeline;
  return {
    ...timeline,
    head: { seq: Math.max(seq, head.seq), changeSeq: Math.max(changeSeq, head.changeSeq) },
  };
}

const seqOf = (message: Message): number => message.seq;
const changeSeqOf = (change: Change): number => change.changeSeq;

function append(timeline: Timeline, { line, ready }: Accepted<Message>): Timeline {
  if (line === timeline.seq) return timeline;
  const kept = ready.filter((message) => message.seq > timeline.expired);
  const current = kept.map((message) => applyChanges(message, timeline.recent));
  return { ...timeline, seq: line, messages: [...timeline.messages, ...current] };
}

function applyReady(timeline: Timeline, { line, ready }: Accepted<Change>): Timeline {
  if (line === timeline.changeSeq) return timeline;
  const touched = new Set(ready.map((change) => change.messageId));
  const messages = timeline.messages.map((message) =>
    touched.has(message.id) ? applyChanges(message, ready) : message,
  );
  const recent = [...timeline.recent, ...ready].slice(-RECENT_CHANGES);
  return expire({ ...timeline, changeSeq: line, messages, recent }, highest(ready, expiredBy));
}

/** Drops what has expired. What was loaded behind that has nothing older any more. */
function expire(timeline: Timeline, through: number): Timeline {
  if (through <= timeline.expired) return timeline;
  const messages = timeline.messages.filter((message) => message.seq > through);
  const hasOlder = timeline.hasOlder && through < beforeSeq(timeline) - 1;
  return { ...timeline, messages, hasOlder, expired: through };
}

function highest<T>(items: readonly T[], numberOf: (item: T) => number): number {
  return items.reduce((most, item) => Math.max(most, numberOf(item)), 0);
}
