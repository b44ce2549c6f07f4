// Who is here: the door for those who are not logged in, the chat for those who are.
import { useEffect, useState } from 'react';
import { isSessionKey, Session } from '../api/session';
import type { SignedIn } from '../api/wire';
import { Chat } from '../realtime/chat';
import { AuthPage } from './auth/AuthPage';
import { ChatProvider } from './chat-context';
import { ChatPage } from './shell/ChatPage';

/** The page comes from the server that it talks to. */
const ORIGIN = '';

export function App() {
  const [session, setSession] = useState(() => Session.restore(ORIGIN, localStorage));
  const [reason, setReason] = useState<string>();

  useEffect(
    () =>
      session?.onEnd((why) => {
        setSession(undefined);
        setReason(why);
      }),
    [session],
  );
  useEffect(() => {
    const onStorage = ({ key }: StorageEvent) => {
      if (!isSessionKey(key)) return;
      if (session) session.adopt();
      else setSession(Session.restore(ORIGIN, localStorage));
    };
    window.addEventListener('storage', onStorage);
    return () => window.removeEventListener('storage', onStorage);
  }, [session]);

  const enter = (signedIn: SignedIn) => {
    setReason(undefined);
    setSession(Session.begin(ORIGIN, localStorage, signedIn));
  };
  if (session === undefined) return <AuthPage origin={ORIGIN} reason={reason} onEnter={enter} />;
  return <SignedInChat key={session.user.id} session={session} />;
}

function SignedInChat({ session }: { readonly session: Session }) {
  const [chat, setChat] = useState<Chat>();

  useEffect(() => {
    const started = new Chat(ORIGIN, session, localStorage);
    started.start();
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the chat is a connection, owned by this effect
    setChat(started);
    return () => started.stop();
  }, [session]);

  if (chat === undefined) return null;
  return (
    <ChatProvider value={chat}>
      <ChatPage />
    </ChatProvider>
  );
}
