// What the server tells on its own, as actions on the state.
import type { Socket } from 'socket.io-client';
import type { ProblemBody } from '../api/problem';
import type { Change, Conversation, Presence, ReceivedMessage } from '../api/wire';
import { Problem } from '../api/problem';
import type { Store } from '../state/store';

/** What someone who types and then loses the connection looks like for this long. */
const TYPING_MS = 6_000;

/** They carry the same changes as the answer to `chat:sync`. */
const CHANGE_EVENTS = ['message:update', 'message:delete', 'message:reaction', 'group:update', 'group:members'];

/** `onUnknown` is called when something happens in a conversation that the list does not have. */
export function listen(socket: Socket, store: Store, onUnknown: () => void): void {
  listenToMessages(socket, store, onUnknown);
  listenToPeople(socket, store);
  for (const name of CHANGE_EVENTS) {
    socket.on(name, ({ conversationId, ...change }: Change & { conversationId: string }) =>
      store.dispatch({ type: 'changed', conversationId, change }),
    );
  }
  socket.on('conversation:new', ({ conversation }: { conversation: Conversation }) =>
    store.dispatch({ type: 'fetched', conversation }),
  );
  socket.on('conversation:removed', ({ conversationId }: { conversationId: string }) =>
    store.dispatch({ type: 'removed', conversationId }),
  );
}

function listenToMessages(socket: Socket, { dispatch, state }: Store, onUnknown: () => void): void {
  socket.on('chat:receive', (message: ReceivedMessage) => {
    const { conversationId } = message;
    if (state().conversations[conversationId] === undefined) onUnknown();
    else dispatch({ type: 'received', conversationId, message });
  });
  socket.on('chat:rejected', (rejected: { clientMessageId: string; error: ProblemBody }) =>
    dispatch({
      type: 'failed',
      clientMessageId: rejected.clientMessageId,
      reason: Problem.of(rejected.error).message,
    }),
  );
  socket.on('chat:delivered:ack', ({ conversationId, userId, seq }: Receipt) =>
    dispatch({ type: 'marked', conversationId, move: { userId, deliveredSeq: seq } }),
  );
  socket.on('chat:seen:ack', ({ conversationId, userId, seq }: Receipt) =>
    dispatch({ type: 'marked', conversationId, move: { userId, readSeq: seq } }),
  );
}

interface Receipt {
  readonly conversationId: string;
  readonly userId: string;
  readonly seq: number;
}

function listenToPeople(socket: Socket, { dispatch }: Store): void {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  socket.on('chat:typing:update', (on: { conversationId: string; userId: string; typing: boolean }) => {
    const { conversationId, userId, typing } = on;
    const key = `${conversationId} ${userId}`;
    const set = (now: boolean) => dispatch({ type: 'typing', conversationId, userId, typing: now });
    clearTimeout(timers.get(key));
    timers.delete(key);
    if (typing) timers.set(key, setTimeout(set, TYPING_MS, false));
    set(typing);
  });
  socket.on('presence:update', ({ userId, ...presence }: Presence & { userId: string }) =>
    dispatch({ type: 'presence', presence: { [userId]: presence } }),
  );
}
