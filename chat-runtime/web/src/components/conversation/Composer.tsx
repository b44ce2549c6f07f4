// Where one writes. Enter sends and Shift Enter breaks the line; on a touch screen Enter breaks it and the button sends.
import { useState, type FormEvent, type KeyboardEvent } from 'react';
import { useChat } from '../chat-context';
import { IconButton } from '../IconButton';
import { LimitNote } from './LimitNote';
import styles from './Composer.module.css';

/** The contract's default; the server has the last word. */
const MAX_LENGTH = 5_000;
const COUNT_FROM = 4_500;

interface Props {
  readonly conversationId: string;
  readonly title: string;
  readonly limitedUntil: number | undefined;
}

export function Composer({ conversationId, title, limitedUntil }: Props) {
  const chat = useChat();
  const [text, setText] = useState(chat.drafts.get(conversationId) ?? '');
  // Characters, as the server counts them, not UTF-16 units.
  const length = [...text].length;
  const canSend = text.trim() !== '' && length <= MAX_LENGTH;

  const change = (value: string) => {
    setText(value);
    chat.drafts.set(conversationId, value);
    if (value.trim() === '') chat.stopTyping();
    else chat.touchTyping(conversationId);
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!canSend) return;
    chat.send(conversationId, text.trim());
    chat.drafts.delete(conversationId);
    setText('');
  };

  return (
    <form className={styles.composer} onSubmit={send}>
      {limitedUntil !== undefined && <LimitNote until={limitedUntil} />}
      <div className={styles.field}>
        <textarea
          className={styles.text}
          aria-label={`Message to ${title}`}
          placeholder="Write a message"
          rows={1}
          value={text}
          autoFocus={!isTouch()}
          onChange={(event) => change(event.target.value)}
          onKeyDown={submitOnEnter}
          onBlur={() => chat.stopTyping()}
        />
        {length >= COUNT_FROM && (
          <output className={styles.count} data-over={length > MAX_LENGTH}>
            {MAX_LENGTH - length}
          </output>
        )}
        <IconButton icon="send" label="Send" type="submit" className={styles.send ?? ''} disabled={!canSend} />
      </div>
    </form>
  );
}

function submitOnEnter(event: KeyboardEvent<HTMLTextAreaElement>): void {
  // While an input method composes, Enter chooses a character.
  if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || isTouch()) return;
  event.preventDefault();
  event.currentTarget.form?.requestSubmit();
}

function isTouch(): boolean {
  return window.matchMedia('(hover: none) and (pointer: coarse)').matches;
}
