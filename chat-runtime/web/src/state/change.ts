// What one change does to one message. Pure; a change that the message already holds does nothing.
import type { Change, Message, Reactions, ReceivedMessage } from '../api/wire';

/** A message as stored is one that no change has touched yet. */
export function asMessage(received: ReceivedMessage): Message {
  return { ...received, changeSeq: received.changeSeq ?? 0, reactions: received.reactions ?? {} };
}

export function applyChange(message: Message, change: Change): Message {
  if (change.messageId !== message.id || change.changeSeq <= message.changeSeq) return message;
  return { ...changed(message, change), changeSeq: change.changeSeq };
}

/** Up to which message a change lets everything expire; 0 for all other changes. */
export function expiredBy(change: Change): number {
  return change.kind === 'expire' ? (change.throughSeq ?? 0) : 0;
}

export function applyChanges(message: Message, changes: readonly Change[]): Message {
  return changes.reduce(applyChange, message);
}

function changed(message: Message, change: Change): Message {
  switch (change.kind) {
    case 'edit':
      return { ...message, text: change.text ?? '', editedAt: change.at };
    case 'delete':
      return deleted(message, change);
    case 'react':
      return { ...message, reactions: reacted(message.reactions, change) };
    default:
      return message;
  }
}

/** What was said and felt is gone; that something stood here stays visible. */
function deleted(message: Message, change: Change): Message {
  const { text: _text, replyTo: _replyTo, ...rest } = message;
  return { ...rest, type: 'deleted', reactions: {}, deletedAt: change.at };
}

function reacted(reactions: Reactions, { emoji, userId, removed }: Change): Reactions {
  if (emoji === undefined) return reactions;
  const others = (reactions[emoji] ?? []).filter((id) => id !== userId);
  const users = removed ? others : [...others, userId].sort();
  const { [emoji]: _before, ...rest } = reactions;
  return users.length > 0 ? { ...rest, [emoji]: users } : rest;
}
