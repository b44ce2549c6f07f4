import type { Connection } from '../../state/chat';
import styles from './ConnectionBanner.module.css';

const TEXTS: Record<Exclude<Connection, 'online'>, string> = {
  connecting: 'Connecting … what you write is sent as soon as the connection is back.',
  offline: 'You are offline. What you write is sent as soon as the connection is back.',
  crowded:
    'You are connected from as many tabs and devices as you may be. Close one of them, and this one connects within a minute.',
};

/** Shown after a moment only: a short break is nobody's business. */
export function ConnectionBanner({ connection }: { readonly connection: Connection }) {
  return (
    <div role="status" className={styles.place}>
      {connection !== 'online' && <p className={styles.banner}>{TEXTS[connection]}</p>}
    </div>
  );
}
