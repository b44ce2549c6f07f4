// A person or group as initials on a colour of their own, with a dot for presence.
import type { Presence } from '../api/wire';
import { Icon } from './Icon';
import styles from './Avatar.module.css';

interface Props {
  /** Decides the colour. */
  readonly id: string;
  readonly name: string;
  readonly size?: 'small' | 'normal';
  readonly isGroup?: boolean;
  readonly status?: Presence['status'] | undefined;
}

export function Avatar({ id, name, size = 'normal', isGroup = false, status }: Props) {
  return (
    <span className={styles.avatar} data-hue={hueOf(id)} data-size={size} aria-hidden="true">
      {isGroup ? <Icon name="group" size={20} /> : initialsOf(name)}
      {status !== undefined && status !== 'offline' && <span className={styles.dot} data-status={status} />}
    </span>
  );
}

const HUES = 8;

function hueOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return sum % HUES;
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? '')][0]?.toUpperCase() ?? '').join('');
}
