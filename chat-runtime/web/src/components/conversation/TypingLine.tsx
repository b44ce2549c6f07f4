import { typingText } from '../../state/view';
import { useChatState } from '../chat-context';
import styles from './TypingLine.module.css';

/** Keeps its room when nobody types, so that nothing jumps. */
export function TypingLine({ conversationId }: { readonly conversationId: string }) {
  const text = typingText(useChatState(), conversationId);
  return (
    <p className={styles.line} role="status">
      {text && (
        <>
          <span className={styles.dots} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {text}
        </>
      )}
    </p>
  );
}
