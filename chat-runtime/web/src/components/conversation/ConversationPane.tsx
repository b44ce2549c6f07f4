// The open conversation: its head, its messages, and what one writes next.
import type { ConversationState } from '../../state/conversation';
import { titleOf, unsentOf } from '../../state/view';
import { useChat, useChatState } from '../chat-context';
import { Composer } from './Composer';
import { ConversationHeader } from './ConversationHeader';
import { MessageList } from './MessageList';
import { OpenProblem } from './OpenProblem';
import { TypingLine } from './TypingLine';
import styles from './ConversationPane.module.css';

export function ConversationPane({ conversation }: { readonly conversation: ConversationState }) {
  const chat = useChat();
  const state = useChatState();
  const { id } = conversation.info;
  const title = titleOf(state, conversation);

  return (
    <main className={styles.pane} aria-label={`Conversation with ${title}`}>
      <ConversationHeader conversation={conversation} />
      {state.openProblem !== undefined && !conversation.timeline ? (
        <OpenProblem reason={state.openProblem} action="Try again" onAct={() => chat.activate(id)} />
      ) : (
        <MessageList conversation={conversation} unsent={unsentOf(state, id)} />
      )}
      <TypingLine conversationId={id} />
      <Composer conversationId={id} title={title} limitedUntil={state.limitedUntil} />
    </main>
  );
}
