// The left side: who one is, a filter, and the conversations.
import { useState } from 'react';
import { ordered, titleOf } from '../../state/view';
import { Avatar } from '../Avatar';
import { useChat, useChatState } from '../chat-context';
import { Icon } from '../Icon';
import { IconButton } from '../IconButton';
import { ConversationList } from './ConversationList';
import styles from './Sidebar.module.css';

export function Sidebar({ onStart }: { readonly onStart: () => void }) {
  const chat = useChat();
  const state = useChatState();
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const shown = ordered(state).filter((conversation) => titleOf(state, conversation).toLowerCase().includes(wanted));

  return (
    <aside className={styles.sidebar} aria-label="Conversations">
      <header className={styles.header}>
        <Avatar id={state.me.id} name={state.me.name} />
        <h1 className={styles.name}>{state.me.name}</h1>
        <IconButton icon="compose" label="New conversation" onClick={onStart} />
        <IconButton icon="leave" label="Log out" onClick={() => void chat.logOut()} />
      </header>
      <label className={styles.filter}>
        <Icon name="search" size={18} />
        <span className="visually-hidden">Filter conversations</span>
        <input
          className={styles.input}
          type="search"
          placeholder="Filter"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </label>
      <ConversationList conversations={shown} isFiltered={wanted !== ''} />
    </aside>
  );
}
