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

export function applyChanges(message: Message, changes: readonly Change[]): Message {
  return changes.reduce(applyChange, message);
}

function changed(message: Message, change: Change): Message {
  switch (change.kind) {
    case 'edit':
      return { ...message, text: change.text ?? '', ...(change.at && { editedAt: change.at }) };
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
  const { text: _text, ...rest } = message;
  return { ...rest, reactions: {}, deletedAt: change.at ?? message.createdAt };
}

function reacted(reactions: Reactions, { emoji, userId, removed }: Change): Reactions {
  if (emoji === undefined || userId === undefined) return reactions;
  const others = (reactions[emoji] ?? []).filter((id) => id !== userId);
  const users = removed ? others : [...others, userId].sort();
  const { [emoji]: _before, ...rest } = reactions;
  return users.length > 0 ? { ...rest, [emoji]: users } : rest;
}
