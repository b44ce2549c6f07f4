import { memo } from 'react';
import type { Message } from '../../api/wire';
import { clockTime } from '../../state/time';
import type { Tick } from '../../state/view';
import { Avatar } from '../Avatar';
import { MessageText } from './MessageText';
import { Ticks } from './Ticks';
import styles from './MessageBubble.module.css';

interface Props {
  readonly message: Message;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Named in groups, for others. */
  readonly sender: string | undefined;
  /** For one's own. */
  readonly tick: Tick | undefined;
}

export const MessageBubble = memo(function MessageBubble({ message, isFirst, isLast, sender, tick }: Props) {
  const isOwn = tick !== undefined;
  return (
    <article
      className={styles.row}
      data-own={isOwn}
      data-first={isFirst}
      data-last={isLast}
      data-seq={message.seq}
      data-tick={tick}
    >
      {sender !== undefined && (
        <span className={styles.who}>{isLast && <Avatar id={message.senderId} name={sender} size="small" />}</span>
      )}
      <div className={styles.bubble}>
        {sender !== undefined && isFirst && <p className={styles.sender}>{sender}</p>}
        <Content message={message} />
        <span className={styles.meta}>
          {message.editedAt && !message.deletedAt && 'edited '}
          <time dateTime={message.createdAt}>{clockTime(message.createdAt)}</time>
          {tick && !message.deletedAt && <Ticks tick={tick} />}
        </span>
        {!message.deletedAt && <ReactionChips message={message} />}
      </div>
    </article>
  );
});

function Content({ message }: { readonly message: Message }) {
  if (message.deletedAt) return <span className={styles.gone}>This message was deleted.</span>;
  return <MessageText text={message.text ?? 'Attachment'} />;
}

function ReactionChips({ message }: { readonly message: Message }) {
  const chips = Object.entries(message.reactions);
  if (chips.length === 0) return null;
  return (
    <ul className={styles.reactions} aria-label="Reactions">
      {chips.map(([emoji, users]) => (
        <li key={emoji} className={styles.reaction}>
          {emoji} {users.length}
        </li>
      ))}
    </ul>
  );
}
