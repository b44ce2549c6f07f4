// Starts a conversation: with one person a direct one, with several a group that may have a name.
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { newId } from '../../api/id';
import { wordsOf } from '../../api/problem';
import type { User } from '../../api/wire';
import { useChat } from '../chat-context';
import { IconButton } from '../IconButton';
import { goTo } from '../shell/route';
import { UserPicker } from './UserPicker';
import styles from './StartDialog.module.css';

export function StartDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [chosen, setChosen] = useState<readonly User[]>([]);
  const [name, setName] = useState('');
  const isGroup = chosen.length > 1;
  const { start, busy, problem } = useStart(chosen, name.trim(), onClose);

  useEffect(() => dialog.current?.showModal(), []);

  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby="start-title" onClose={onClose}>
      <form className={styles.form} onSubmit={start}>
        <header className={styles.header}>
          <h2 id="start-title" className={styles.title}>
            New conversation
          </h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        <UserPicker chosen={chosen} onChange={setChosen} />
        {isGroup && (
          <input
            className={styles.name}
            aria-label="Name of the group"
            placeholder="Name of the group"
            required
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
        <p className={styles.problem} role="alert">
          {problem}
        </p>
        <button className={styles.start} disabled={busy || chosen.length === 0}>
          {isGroup ? `Start a group of ${chosen.length + 1}` : 'Start chatting'}
        </button>
      </form>
    </dialog>
  );
}

/** With one person a direct conversation, with several a group. */
function useStart(chosen: readonly User[], name: string, onStarted: () => void) {
  const chat = useChat();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [key] = useState(newId);
  const members = chosen.map((user) => user.id);
  const wanted = members.length > 1 ? { type: 'group' as const, members, name } : { type: 'direct' as const, members };

  const begin = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      goTo(await chat.startConversation(wanted, key));
      onStarted();
    } catch (error) {
      setProblem(wordsOf(error));
      setBusy(false);
    }
  };
  const start = (event: FormEvent) => {
    event.preventDefault();
    void begin();
  };
  return { start, busy, problem };
}
