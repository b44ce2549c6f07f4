// How components reach the chat: `useChat` for what it can do, `useChatState` for what it is now.
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Chat } from '../realtime/chat';
import type { ChatState } from '../state/chat';

const Context = createContext<Chat | undefined>(undefined);

export const ChatProvider = Context.Provider;

export function useChat(): Chat {
  const chat = useContext(Context);
  if (chat === undefined) throw new Error('there is no chat around this component');
  return chat;
}

/** Draws again whenever anything changed; the state is one value, so that needs no comparing. */
export function useChatState(): ChatState {
  const { store } = useChat();
  return useSyncExternalStore(store.subscribe, store.state);
}
