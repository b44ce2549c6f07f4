// Short messages about what did not work. They go by themselves, or when closed.
import { useEffect } from 'react';
import type { Notice } from '../../state/chat';
import { IconButton } from '../IconButton';
import styles from './Notices.module.css';

const SHOWN_MS = 8_000;

interface Props {
  readonly notices: readonly Notice[];
  readonly onDismiss: (id: number) => void;
}

export function Notices({ notices, onDismiss }: Props) {
  const oldest = notices[0]?.id;
  useEffect(() => {
    if (oldest === undefined) return;
    const timer = setTimeout(onDismiss, SHOWN_MS, oldest);
    return () => clearTimeout(timer);
    // The callback changes with every drawing and always does the same; the time counts from the notice.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [oldest]);

  return (
    <div role="alert">
      <ul className={styles.notices}>
        {notices.map(({ id, text }) => (
          <li key={id} className={styles.notice}>
            {text}
            <IconButton icon="close" label="Dismiss" onClick={() => onDismiss(id)} />
          </li>
        ))}
      </ul>
    </div>
  );
}
