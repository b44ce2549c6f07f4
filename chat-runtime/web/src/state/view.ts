// What components ask of the state: orders, names, ticks. Pure.
import type { Message, Presence, User } from '../api/wire';
import type { ChatState } from './chat';
import { markOf, type ConversationState } from './conversation';
import type { OutboxEntry } from './outbox';

/** How far a message of one's own got. */
export type Tick = 'waiting' | 'failed' | 'accepted' | 'stored' | 'delivered' | 'read';

export function tickOf(state: ConversationState, message: Message): Tick {
  const others = state.info.members.filter((member) => member.userId !== message.senderId);
  if (others.length === 0) return 'stored';
  const marks = others.map((member) => markOf(state, member.userId));
  if (marks.every((mark) => mark.readSeq >= message.seq)) return 'read';
  return marks.every((mark) => mark.deliveredSeq >= message.seq) ? 'delivered' : 'stored';
}

/** Whether ticks would tell the truth: a list's summary does not say who received and read how far. */
export function knowsMarks({ info, marks, timeline }: ConversationState, me: string): boolean {
  return timeline !== undefined || info.members.every(({ userId }) => userId === me || marks[userId] !== undefined);
}

export function tickOfEntry(entry: OutboxEntry): Tick {
  return entry.state === 'queued' ? 'waiting' : entry.state;
}

/** Latest first. */
export function ordered(state: ChatState): readonly ConversationState[] {
  return Object.values(state.conversations).sort((a, b) => latest(b, state).localeCompare(latest(a, state)));
}

function latest({ info }: ConversationState, state: ChatState): string {
  const unsent = state.outbox.findLast((entry) => entry.conversationId === info.id);
  return unsent?.createdAt ?? info.lastMessage?.createdAt ?? info.createdAt;
}

export function totalUnread(state: ChatState): number {
  return Object.values(state.conversations).reduce((sum, { info }) => sum + info.unread, 0);
}

export function userName(state: ChatState, userId: string): string {
  return state.users[userId]?.name ?? 'Someone';
}

/** The other one of a direct conversation. */
export function partnerOf(state: ChatState, { info }: ConversationState): User | undefined {
  if (info.type !== 'direct') return undefined;
  const id = info.members.find((member) => member.userId !== state.me.id)?.userId;
  return id === undefined ? undefined : (state.users[id] ?? { id, name: userName(state, id) });
}

export function titleOf(state: ChatState, conversation: ConversationState): string {
  const { info } = conversation;
  if (info.type === 'direct') return partnerOf(state, conversation)?.name ?? 'Just you';
  return info.name ?? info.members.map((member) => userName(state, member.userId)).join(', ');
}

export function presenceOf(state: ChatState, userId: string): Presence {
  return state.presence[userId] ?? { status: 'offline' };
}

/** "Ann is typing", "Ann and Bob are typing", or undefined. */
export function typingText(state: ChatState, conversationId: string): string | undefined {
  const names = (state.typing[conversationId] ?? []).map((userId) => userName(state, userId));
  if (names.length === 0) return undefined;
  if (names.length > 3) return 'Several people are typing';
  return `${new Intl.ListFormat('en').format(names)} ${names.length === 1 ? 'is' : 'are'} typing`;
}

export function unsentOf(state: ChatState, conversationId: string): readonly OutboxEntry[] {
  return state.outbox.filter((entry) => entry.conversationId === conversationId);
}
