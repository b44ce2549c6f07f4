import type { ChatState } from '../../state/chat';
import { Icon } from '../Icon';
import styles from './Welcome.module.css';

interface Props {
  readonly state: ChatState;
  readonly onStart: () => void;
}

/** Beside the list while no conversation is open. */
export function Welcome({ state, onStart }: Props) {
  if (state.listed === undefined) return <main className={styles.welcome} aria-busy="true" />;
  const isEmpty = Object.keys(state.conversations).length === 0;
  return (
    <main className={styles.welcome} aria-label="No conversation open">
      <span className={styles.sign}>
        <Icon name="compose" size={30} />
      </span>
      <h2 className={styles.title}>{isEmpty ? 'Say hello to someone' : 'Pick up where you left off'}</h2>
      <p className={styles.text}>
        {isEmpty
          ? 'Find people by name or email and write the first message.'
          : 'Choose a conversation on the left, or start a new one.'}
      </p>
      <button type="button" className={styles.start} onClick={onStart}>
        New conversation
      </button>
      <p className={styles.hint}>
        <kbd>Ctrl</kbd> <kbd>K</kbd> new · <kbd>Alt</kbd> <kbd>↑</kbd> <kbd>↓</kbd> switch · <kbd>Esc</kbd> close
      </p>
    </main>
  );
}
