import type { DemoAccount } from '../../api/auth';
import { Avatar } from '../Avatar';
import styles from './DemoAccounts.module.css';

interface Props {
  readonly accounts: readonly DemoAccount[];
  readonly busy: boolean;
  readonly onPick: (account: DemoAccount) => void;
}

/** Nothing where the server offers none. */
export function DemoAccounts({ accounts, busy, onPick }: Props) {
  if (accounts.length === 0) return null;
  return (
    <div className={styles.demo}>
      <p className={styles.hint}>Just looking? Take a demo account.</p>
      <ul className={styles.list}>
        {accounts.map((account) => (
          <li key={account.email}>
            <button type="button" className={styles.account} disabled={busy} onClick={() => onPick(account)}>
              <Avatar id={account.email} name={account.name} size="small" />
              Log in as {account.name}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
