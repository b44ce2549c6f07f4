// One conversation of the list: who, the last words, when, and how much is unread.
import type { ChatState } from '../../state/chat';
import type { ConversationState } from '../../state/conversation';
import { listTime } from '../../state/time';
import {
  knowsMarks,
  partnerOf,
  presenceOf,
  tickOf,
  tickOfEntry,
  titleOf,
  typingText,
  unsentOf,
  userName,
} from '../../state/view';
import { Avatar } from '../Avatar';
import { Ticks } from '../conversation/Ticks';
import { addressOf } from '../shell/route';
import styles from './ConversationRow.module.css';

interface Props {
  readonly state: ChatState;
  readonly conversation: ConversationState;
}

export function ConversationRow({ state, conversation }: Props) {
  const { info } = conversation;
  const title = titleOf(state, conversation);
  const partner = partnerOf(state, conversation);
  const at = unsentOf(state, info.id).at(-1)?.createdAt ?? info.lastMessage?.createdAt;

  return (
    <a
      className={styles.row}
      href={addressOf(info.id)}
      aria-current={state.activeId === info.id ? 'page' : undefined}
      data-unread={info.unread > 0}
    >
      <Avatar
        id={partner?.id ?? info.id}
        name={title}
        isGroup={info.type === 'group'}
        status={partner && presenceOf(state, partner.id).status}
      />
      <span className={styles.title}>{title}</span>
      {at && (
        <time className={styles.time} dateTime={at}>
          {listTime(at, new Date())}
        </time>
      )}
      <Preview state={state} conversation={conversation} />
      {info.unread > 0 && (
        <span className={styles.badge}>
          {info.unread > 99 ? '99+' : info.unread}
          <span className="visually-hidden"> unread</span>
        </span>
      )}
    </a>
  );
}

function Preview({ state, conversation }: Props) {
  const { info } = conversation;
  const typing = typingText(state, info.id);
  if (typing) return <span className={`${styles.preview} ${styles.typing}`}>{typing} …</span>;
  const unsent = unsentOf(state, info.id).at(-1);
  if (unsent) {
    return (
      <span className={styles.preview}>
        <Ticks tick={tickOfEntry(unsent)} /> {unsent.text}
      </span>
    );
  }
  const last = info.lastMessage;
  if (last === undefined) return <span className={styles.preview}>No messages yet</span>;
  const isOwn = last.senderId === state.me.id;
  return (
    <span className={styles.preview}>
      {isOwn && !last.deletedAt && knowsMarks(conversation, state.me.id) && <Ticks tick={tickOf(conversation, last)} />}
      {!isOwn && info.type === 'group' && `${userName(state, last.senderId)}: `}
      {last.deletedAt ? 'Message deleted' : (last.text ?? 'Attachment')}
    </span>
  );
}
