// Finds people by name or address, and holds who was chosen.
import { useState, type KeyboardEvent } from 'react';
import type { User } from '../../api/wire';
import { Avatar } from '../Avatar';
import { Icon } from '../Icon';
import { useUserSearch } from './use-user-search';
import styles from './UserPicker.module.css';

interface Props {
  readonly chosen: readonly User[];
  readonly onChange: (chosen: readonly User[]) => void;
}

export function UserPicker({ chosen, onChange }: Props) {
  const [text, setText] = useState('');
  const { users, problem, isSearching } = useUserSearch(text);
  const isChosen = (user: User) => chosen.some((other) => other.id === user.id);
  const toggle = (user: User) =>
    onChange(isChosen(user) ? chosen.filter((other) => other.id !== user.id) : [...chosen, user]);
  const pickFirst = (event: KeyboardEvent) => {
    const first = users[0];
    if (event.key !== 'Enter' || first === undefined || text.trim() === '') return;
    event.preventDefault();
    if (!isChosen(first)) toggle(first);
    setText('');
  };

  return (
    <div className={styles.picker}>
      <Chosen users={chosen} onRemove={toggle} />
      <label className={styles.search}>
        <Icon name="search" size={18} />
        <span className="visually-hidden">Find people by name or email</span>
        <input
          className={styles.input}
          type="search"
          autoFocus
          placeholder="Name or whole email address"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={pickFirst}
        />
      </label>
      <ul className={styles.found} aria-label="People found" aria-busy={isSearching}>
        {users.map((user) => (
          <li key={user.id}>
            <Found user={user} isChosen={isChosen(user)} onToggle={() => toggle(user)} />
          </li>
        ))}
      </ul>
      <p className={styles.hint} role="status">
        {problem ?? (!isSearching && users.length === 0 ? 'Nobody found.' : '')}
      </p>
    </div>
  );
}

interface ChosenProps {
  readonly users: readonly User[];
  readonly onRemove: (user: User) => void;
}

function Chosen({ users, onRemove }: ChosenProps) {
  if (users.length === 0) return null;
  return (
    <ul className={styles.chosen} aria-label="Chosen">
      {users.map((user) => (
        <li key={user.id}>
          <button type="button" className={styles.chip} onClick={() => onRemove(user)}>
            {user.name}
            <span className="visually-hidden"> (remove)</span>
            <Icon name="close" size={14} />
          </button>
        </li>
      ))}
    </ul>
  );
}

interface FoundProps {
  readonly user: User;
  readonly isChosen: boolean;
  readonly onToggle: () => void;
}

function Found({ user, isChosen, onToggle }: FoundProps) {
  return (
    <button type="button" className={styles.user} aria-pressed={isChosen} onClick={onToggle}>
      <Avatar id={user.id} name={user.name} />
      <span className={styles.words}>
        <span className={styles.name}>{user.name}</span>
        {user.email && <span className={styles.email}>{user.email}</span>}
      </span>
      <span className={styles.mark} aria-hidden="true" />
    </button>
  );
}
