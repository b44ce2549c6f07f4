import type { KeyboardEvent } from 'react';
import type { ConversationState } from '../../state/conversation';
import { useChat, useChatState } from '../chat-context';
import { ConversationRow } from './ConversationRow';
import styles from './ConversationList.module.css';

interface Props {
  readonly conversations: readonly ConversationState[];
  readonly isFiltered: boolean;
}

export function ConversationList({ conversations, isFiltered }: Props) {
  const chat = useChat();
  const state = useChatState();
  const hasMore = state.listed?.nextCursor !== undefined && !isFiltered;

  return (
    <nav className={styles.scroller} aria-label="Conversation list">
      {conversations.length === 0 && (
        <p className={styles.empty}>{emptyText(state.listed !== undefined, isFiltered)}</p>
      )}
      <ul className={styles.list} onKeyDown={moveFocus}>
        {conversations.map((conversation) => (
          <li key={conversation.info.id}>
            <ConversationRow state={state} conversation={conversation} />
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" className={styles.more} onClick={() => void chat.loadMoreConversations()}>
          Older conversations
        </button>
      )}
    </nav>
  );
}

function emptyText(isListed: boolean, isFiltered: boolean): string {
  if (!isListed) return 'Loading …';
  return isFiltered ? 'Nothing matches.' : 'No conversations yet.';
}

/** The arrow keys go through the rows. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (by === 0 || event.altKey) return;
  const rows = [...event.currentTarget.querySelectorAll('a')];
  const next = rows[rows.findIndex((row) => row === document.activeElement) + by];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
