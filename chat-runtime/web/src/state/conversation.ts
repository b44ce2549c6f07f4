// One conversation as this client knows it: the summary of the list, who received and read how far, and, once it
// was opened, its timeline. Pure. The summary is kept by events; where they do not suffice it turns `uncertain`
// and is fetched again.
import type { CatchUp, Change, Conversation, Heads, HistoryPage, Mark, Message, ReceivedMessage } from '../api/wire';
import { applyChange, applyChanges, asMessage, expiredBy } from './change';
import * as timelines from './timeline';
import type { Timeline } from './timeline';

export interface ConversationState {
  readonly info: Conversation;
  readonly timeline?: Timeline;
  /** By user. */
  readonly marks: Readonly<Record<string, Mark>>;
  /** The last few changes, for a newest message that comes after its own change. */
  readonly lately: readonly Change[];
  /** The summary may be wrong (something was missed): fetch it. */
  readonly uncertain: boolean;
}

const LATELY = 20;

/** News about a mark: one event tells one of the two numbers. */
export type MarkMove = Pick<Mark, 'userId'> & Partial<Mark>;

export function markOf(state: ConversationState, userId: string): Mark {
  return state.marks[userId] ?? { userId, deliveredSeq: 0, readSeq: 0 };
}

/** Takes a fetched summary, which may be older than what events told since. */
export function fetched(known: ConversationState | undefined, info: Conversation, me: string): ConversationState {
  if (known === undefined) return { info, marks: {}, lately: [], uncertain: false };
  const isOlder = info.lastSeq < known.info.lastSeq || info.lastChangeSeq < known.info.lastChangeSeq;
  const { lastSeq, lastMessage, lastChangeSeq, unread } = isOlder ? known.info : info;
  const readSeq = Math.max(info.readSeq, known.info.readSeq);
  const merged = { ...info, lastSeq, lastChangeSeq, unread: readSeq >= lastSeq ? 0 : unread, readSeq };
  const heads = { seq: info.lastSeq, changeSeq: info.lastChangeSeq };
  const state = {
    ...known,
    info: lastMessage ? { ...merged, lastMessage } : merged,
    // What was read here and is not known there leaves a count that is neither's.
    uncertain: (isOlder && known.uncertain) || (readSeq > info.readSeq && readSeq < lastSeq),
    ...(known.timeline && { timeline: timelines.noteHead(known.timeline, heads) }),
  };
  return summarised(state, me);
}

export function opened(state: ConversationState, heads: Heads, me: string): ConversationState {
  // What was heard of while the server answered the opening is due too.
  const timeline = timelines.noteHead(timelines.openTimeline(heads), {
    seq: state.info.lastSeq,
    changeSeq: state.info.lastChangeSeq,
  });
  return summarised({ ...state, timeline }, me);
}

/** The server says how far the conversation reaches: what lies above what is here was missed. */
export function heardOf(state: ConversationState, heads: Heads): ConversationState {
  return state.timeline ? { ...state, timeline: timelines.noteHead(state.timeline, heads) } : state;
}

export function closed({ timeline: _timeline, ...state }: ConversationState): ConversationState {
  return state;
}

export function paged(state: ConversationState, page: HistoryPage, asOf: number, me: string): ConversationState {
  return withTimeline(state, (timeline) => timelines.prepend(timeline, page, asOf), me);
}

export function caughtUp(state: ConversationState, answer: CatchUp, me: string): ConversationState {
  const caught = withTimeline(state, (timeline) => timelines.catchUp(timeline, answer), me);
  return mark(caught, answer.marks, me);
}

export function received(state: ConversationState, message: ReceivedMessage, me: string): ConversationState {
  const taken = withTimeline(state, (timeline) => timelines.receive(timeline, [message]), me);
  const { info } = taken;
  if (message.seq <= info.lastSeq) return taken;
  const skipped = message.seq - info.lastSeq - 1;
  // Read elsewhere, and told of before the message itself.
  const isRead = message.seq <= info.readSeq;
  const unread = isRead ? 0 : info.unread + skipped + (message.senderId === me ? 0 : 1);
  const lastMessage = applyChanges(asMessage(message), taken.lately);
  const summary = { ...info, lastMessage, lastSeq: message.seq, unread };
  return { ...taken, info: summary, uncertain: taken.uncertain || skipped > 0 };
}

export function changed(state: ConversationState, change: Change, me: string): ConversationState {
  const taken = withTimeline(state, (timeline) => timelines.change(timeline, [change]), me);
  const { info } = taken;
  if (change.changeSeq <= info.lastChangeSeq) return taken;
  const isMissing = change.changeSeq > info.lastChangeSeq + 1;
  // What a group is called and who is in it is told in full by its summary.
  const isOfGroup = change.kind === 'group' || change.kind === 'members';
  const lastMessage = info.lastMessage && applyChange(info.lastMessage, change);
  const next = { ...info, lastChangeSeq: change.changeSeq, ...(lastMessage && { lastMessage }) };
  const lately = [...taken.lately, change].slice(-LATELY);
  const uncertain = taken.uncertain || isMissing || isOfGroup;
  return withoutExpired({ ...taken, info: next, lately, uncertain }, expiredBy(change));
}

/** How many unread ones are among those that are gone, the server knows. */
function withoutExpired(state: ConversationState, through: number): ConversationState {
  if (through === 0) return state;
  const { lastMessage, ...info } = state.info;
  const isGone = lastMessage !== undefined && lastMessage.seq <= through;
  const isUncertain = info.unread > 0 && through > info.readSeq;
  return { ...state, info: isGone ? info : state.info, uncertain: state.uncertain || isUncertain };
}

/** Marks only ever move forward. */
export function mark(state: ConversationState, moves: readonly MarkMove[], me: string): ConversationState {
  const marks = { ...state.marks };
  for (const move of moves) marks[move.userId] = furthest(markOf(state, move.userId), move);
  const readSeq = marks[me]?.readSeq ?? 0;
  const next = { ...state, marks };
  return readSeq > state.info.readSeq ? summarised(readUpTo(next, readSeq), me) : next;
}

function readUpTo(state: ConversationState, readSeq: number): ConversationState {
  const isAll = readSeq >= state.info.lastSeq;
  const info = { ...state.info, readSeq, unread: isAll ? 0 : state.info.unread };
  return { ...state, info, uncertain: state.uncertain || !isAll };
}

function furthest(mark: Mark, move: MarkMove): Mark {
  const readSeq = Math.max(mark.readSeq, move.readSeq ?? 0);
  // Who has read something has received it.
  return { ...mark, readSeq, deliveredSeq: Math.max(mark.deliveredSeq, move.deliveredSeq ?? 0, readSeq) };
}

function withTimeline(state: ConversationState, step: (timeline: Timeline) => Timeline, me: string): ConversationState {
  if (state.timeline === undefined) return state;
  const { expired } = state.timeline;
  const timeline = step(state.timeline);
  if (timeline === state.timeline) return state;
  const next = { ...state, timeline };
  return summarised(timeline.expired > expired ? withoutExpired(next, timeline.expired) : next, me);
}

/** Reads the summary off the timeline, as far as that reaches. */
function summarised(state: ConversationState, me: string): ConversationState {
  const messages = state.timeline?.messages ?? [];
  const last = messages.at(-1);
  if (last === undefined || last.seq < state.info.lastSeq) return state;
  const info = { ...state.info, lastSeq: last.seq, lastMessage: last };
  const coversUnread = (messages[0]?.seq ?? 0) <= info.readSeq + 1;
  if (!coversUnread) return { ...state, info };
  return { ...state, info: { ...info, unread: countUnread(messages, info.readSeq, me) }, uncertain: false };
}

function countUnread(messages: readonly Message[], readSeq: number, me: string): number {
  return messages.filter((message) => message.seq > readSeq && message.senderId !== me).length;
}
