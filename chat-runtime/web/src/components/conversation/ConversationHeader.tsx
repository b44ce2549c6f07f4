import type { ChatState } from '../../state/chat';
import type { ConversationState } from '../../state/conversation';
import { lastSeenText } from '../../state/time';
import { partnerOf, presenceOf, titleOf, userName } from '../../state/view';
import { Avatar } from '../Avatar';
import { useChatState } from '../chat-context';
import { IconButton } from '../IconButton';
import { goTo } from '../shell/route';
import styles from './ConversationHeader.module.css';

export function ConversationHeader({ conversation }: { readonly conversation: ConversationState }) {
  const state = useChatState();
  const { info } = conversation;
  const title = titleOf(state, conversation);
  const partner = partnerOf(state, conversation);
  const status = partner && presenceOf(state, partner.id).status;

  return (
    <header className={styles.header}>
      <IconButton icon="back" label="Back to the list" className={styles.back ?? ''} onClick={() => goTo(undefined)} />
      <Avatar id={partner?.id ?? info.id} name={title} isGroup={info.type === 'group'} status={status} />
      <div className={styles.words}>
        <h2 className={styles.title}>{title}</h2>
        <p className={styles.subtitle} data-status={status}>
          {partner ? presenceText(state, partner.id) : membersText(state, conversation)}
        </p>
      </div>
    </header>
  );
}

function presenceText(state: ChatState, userId: string): string {
  const { status, lastSeen } = presenceOf(state, userId);
  if (status === 'online') return 'Online';
  return status === 'away' ? 'Away' : lastSeenText(lastSeen, new Date());
}

function membersText(state: ChatState, { info }: ConversationState): string {
  const names = info.members.map((member) => (member.userId === state.me.id ? 'you' : userName(state, member.userId)));
  return `${info.memberCount} members: ${names.join(', ')}`;
}
