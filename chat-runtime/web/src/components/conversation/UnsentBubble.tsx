// A message that is on its way, or that the server refused.
import type { OutboxEntry } from '../../state/outbox';
import { clockTime } from '../../state/time';
import { tickOfEntry } from '../../state/view';
import { useChat } from '../chat-context';
import { MessageText } from './MessageText';
import { Ticks } from './Ticks';
import bubbles from './MessageBubble.module.css';
import styles from './UnsentBubble.module.css';

interface Props {
  readonly entry: OutboxEntry;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

export function UnsentBubble({ entry, isFirst, isLast }: Props) {
  const chat = useChat();
  const tick = tickOfEntry(entry);
  return (
    <article className={bubbles.row} data-own data-first={isFirst} data-last={isLast} data-tick={tick}>
      <div className={bubbles.bubble}>
        <MessageText text={entry.text} />
        <span className={bubbles.meta}>
          <time dateTime={entry.createdAt}>{clockTime(entry.createdAt)}</time>
          <Ticks tick={tick} />
        </span>
        {entry.state === 'failed' && (
          <p className={styles.failed} role="alert">
            Not sent: {entry.reason}{' '}
            <button type="button" className={styles.act} onClick={() => chat.retry(entry.clientMessageId)}>
              Send again
            </button>{' '}
            <button type="button" className={styles.act} onClick={() => chat.discard(entry.clientMessageId)}>
              Discard
            </button>
          </p>
        )}
      </div>
    </article>
  );
}
