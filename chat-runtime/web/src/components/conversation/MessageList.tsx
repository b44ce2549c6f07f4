// The messages of the open conversation, and where the reader stands in them.
import { useCallback, useMemo, useRef, useState } from 'react';
import type { ConversationState } from '../../state/conversation';
import type { OutboxEntry } from '../../state/outbox';
import { rowsOf } from '../../state/rows';
import { useChat } from '../chat-context';
import { Icon } from '../Icon';
import { MessageRow } from './MessageRow';
import { useOlder } from './use-older';
import { useSeen } from './use-seen';
import { useReadingPlace } from './use-reading-place';
import styles from './MessageList.module.css';

interface Props {
  readonly conversation: ConversationState;
  readonly unsent: readonly OutboxEntry[];
}

export function MessageList({ conversation, unsent }: Props) {
  const chat = useChat();
  const { info, timeline } = conversation;
  const box = useRef<HTMLDivElement>(null);
  // Where the unread began when the conversation was opened; reading on does not move it.
  const [unreadAfter] = useState(info.unread > 0 ? info.readSeq : undefined);
  const messages = timeline?.messages;
  const rows = useMemo(() => rowsOf(messages ?? [], unsent, unreadAfter), [messages, unsent, unreadAfter]);
  const first = messages?.[0]?.seq;
  const last = messages?.at(-1);
  const { isAtEnd, toEnd } = useReadingPlace(box, unsent.at(-1)?.clientMessageId, rows);
  const loadOlder = useCallback(() => chat.loadOlder(info.id), [chat, info.id]);
  const isLoading = useOlder(box, timeline?.hasOlder === true, first, loadOlder);
  useSeen(isAtEnd, last?.seq, (seq) => chat.see(info.id, seq));

  return (
    <div className={styles.frame}>
      <div ref={box} className={styles.scroller} role="log" aria-label="Messages" aria-busy={isLoading} tabIndex={0}>
        <div className={styles.column}>
          {timeline && !timeline.hasOlder && <p className={styles.start}>This is the beginning of the conversation.</p>}
          {rows.map((row) => (
            <MessageRow key={row.key} row={row} conversation={conversation} />
          ))}
        </div>
      </div>
      {isLoading && <p className={styles.loading}>Loading …</p>}
      {!isAtEnd && (
        <button type="button" className={styles.toEnd} onClick={toEnd} aria-label="To the newest message">
          <Icon name="down" size={20} />
          {info.unread > 0 && <span className={styles.count}>{info.unread}</span>}
        </button>
      )}
    </div>
  );
}
