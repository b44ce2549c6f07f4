// The door: log in, register, or take one of the demo accounts.
import { useEffect, useState } from 'react';
import { demoAccounts, logIn, register, type DemoAccount } from '../../api/auth';
import { wordsOf } from '../../api/problem';
import type { SignedIn } from '../../api/wire';
import { Brand } from '../Brand';
import { AuthForm, type Entry } from './AuthForm';
import { DemoAccounts } from './DemoAccounts';
import styles from './AuthPage.module.css';

interface Props {
  readonly origin: string;
  /** Why one stands here again. */
  readonly reason: string | undefined;
  readonly onEnter: (signedIn: SignedIn) => void;
}

export function AuthPage({ origin, reason, onEnter }: Props) {
  const [isNew, setIsNew] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const accounts = useDemoAccounts(origin);

  const enter = async (work: Promise<SignedIn>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      onEnter(await work);
    } catch (error) {
      setProblem(wordsOf(error));
      setBusy(false);
    }
  };
  const submit = (entry: Entry) => void enter(isNew ? register(origin, entry) : logIn(origin, entry));
  const turn = () => {
    setIsNew(!isNew);
    setProblem(undefined);
  };

  return (
    <main className={styles.page}>
      <section className={styles.card}>
        <Brand />
        <h1 className={styles.title}>{isNew ? 'Create your account' : 'Welcome back'}</h1>
        {reason && <p className={styles.reason}>{reason}</p>}
        <AuthForm key={String(isNew)} isNew={isNew} busy={busy} problem={problem} onSubmit={submit} />
        <p className={styles.turn}>
          {isNew ? 'Already have an account?' : 'New here?'}{' '}
          <button type="button" className={styles.link} onClick={turn}>
            {isNew ? 'Log in' : 'Create an account'}
          </button>
        </p>
        {!isNew && (
          <DemoAccounts accounts={accounts} busy={busy} onPick={(account) => void enter(logIn(origin, account))} />
        )}
      </section>
    </main>
  );
}

function useDemoAccounts(origin: string): readonly DemoAccount[] {
  const [accounts, setAccounts] = useState<readonly DemoAccount[]>([]);
  useEffect(() => {
    let isHere = true;
    void demoAccounts(origin).then((found) => isHere && setAccounts(found));
    return () => {
      isHere = false;
    };
  }, [origin]);
  return accounts;
}
