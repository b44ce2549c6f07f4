// One row of a conversation: a divider, a message, or one that is on its way.
import type { ConversationState } from '../../state/conversation';
import type { Row } from '../../state/rows';
import { dayName } from '../../state/time';
import { tickOf, userName } from '../../state/view';
import { useChatState } from '../chat-context';
import { MessageBubble } from './MessageBubble';
import { UnsentBubble } from './UnsentBubble';
import styles from './MessageRow.module.css';

interface Props {
  readonly row: Row;
  readonly conversation: ConversationState;
}

export function MessageRow({ row, conversation }: Props) {
  const state = useChatState();
  switch (row.kind) {
    case 'day':
      return <p className={styles.day}>{dayName(row.at, new Date())}</p>;
    case 'unread':
      return (
        <p className={styles.unread} data-unread-line>
          New
        </p>
      );
    case 'unsent':
      return <UnsentBubble entry={row.entry} isFirst={row.isFirst} isLast={row.isLast} />;
    case 'message': {
      const { message } = row;
      const isOwn = message.senderId === state.me.id;
      const isGroup = conversation.info.type === 'group';
      return (
        <MessageBubble
          message={message}
          isFirst={row.isFirst}
          isLast={row.isLast}
          sender={isGroup && !isOwn ? userName(state, message.senderId) : undefined}
          tick={isOwn ? tickOf(conversation, message) : undefined}
        />
      );
    }
  }
}
