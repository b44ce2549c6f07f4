// How far a message of one's own got, as a small sign beside its time.
import type { Tick } from '../../state/view';
import styles from './Ticks.module.css';

const LABELS: Record<Tick, string> = {
  waiting: 'Waiting to be sent',
  failed: 'Not sent',
  accepted: 'Sent',
  stored: 'Stored',
  delivered: 'Delivered',
  read: 'Read',
};

const CLOCK = 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 5v3.2l2 1.4';
const CROSS = 'M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2zM8 5v3.6M8 10.9v.1';
const ONE = 'M3.5 8.6l3 3 6-7';
const TWO = 'M1.5 8.6l3 3 6-7M7.6 11l.9.9 6.5-7.3';

const PATHS: Record<Tick, string> = {
  waiting: CLOCK,
  failed: CROSS,
  accepted: ONE,
  stored: ONE,
  delivered: TWO,
  read: TWO,
};

export function Ticks({ tick }: { readonly tick: Tick }) {
  return (
    <svg className={styles.ticks} data-tick={tick} viewBox="0 0 16 16" role="img" aria-label={LABELS[tick]}>
      <title>{LABELS[tick]}</title>
      <path d={PATHS[tick]} />
    </svg>
  );
}
