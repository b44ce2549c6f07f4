import { useEffect, useState } from 'react';
import styles from './LimitNote.module.css';

/** Counts down to when sending goes on, after too much at once. */
export function LimitNote({ until }: { readonly until: number }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return (
    <p className={styles.note} role="status">
      That was a lot at once. Sending goes on in <span className={styles.seconds}>{seconds} s</span>.
    </p>
  );
}
