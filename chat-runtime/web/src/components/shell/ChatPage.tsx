// The chat: the list beside the conversation, or, on a phone, one of the two.
import { useEffect, useState } from 'react';
import { ordered, totalUnread } from '../../state/view';
import { useChat, useChatState } from '../chat-context';
import { ConversationPane } from '../conversation/ConversationPane';
import { Sidebar } from '../list/Sidebar';
import { StartDialog } from '../start/StartDialog';
import { ConnectionBanner } from './ConnectionBanner';
import { Notices } from './Notices';
import { goTo, useRoute } from './route';
import { useShortcuts } from './use-shortcuts';
import { Opening } from './Opening';
import { Welcome } from './Welcome';
import styles from './ChatPage.module.css';

export function ChatPage() {
  const chat = useChat();
  const state = useChatState();
  const routed = useRoute();
  const [starting, setStarting] = useState(false);
  const { activeId } = state;
  const active = activeId === undefined ? undefined : state.conversations[activeId];

  useActivation(routed);
  useTitle(totalUnread(state));
  useShortcuts({
    start: () => setStarting(true),
    close: () => goTo(undefined),
    step: (by) => {
      const ids = ordered(state).map(({ info }) => info.id);
      const next = ids[ids.indexOf(activeId ?? '') + by];
      if (next !== undefined) goTo(next);
    },
  });

  return (
    <div className={styles.page}>
      <ConnectionBanner connection={state.connection} />
      <div className={styles.panes} data-open={routed !== undefined}>
        <Sidebar onStart={() => setStarting(true)} />
        {active && <ConversationPane key={active.info.id} conversation={active} />}
        {!active && routed !== undefined && <Opening problem={state.openProblem} />}
        {!active && routed === undefined && <Welcome state={state} onStart={() => setStarting(true)} />}
      </div>
      {starting && <StartDialog onClose={() => setStarting(false)} />}
      <Notices notices={state.notices} onDismiss={(id) => chat.dismiss(id)} />
    </div>
  );
}

/** The routed conversation is the active one; when that is gone (one was removed from it), so is its address. */
function useActivation(routed: string | undefined): void {
  const chat = useChat();
  useEffect(() => {
    chat.activate(routed);
    return chat.store.subscribe(() => {
      if (chat.store.state().activeId !== routed) goTo(undefined);
    });
  }, [chat, routed]);
}

function useTitle(unread: number): void {
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Talkline` : 'Talkline';
  }, [unread]);
}
