import { OpenProblem } from '../conversation/OpenProblem';
import { goTo } from './route';
import styles from './Welcome.module.css';

/** In place of a conversation that is not on the list yet: on its way, or why not. */
export function Opening({ problem }: { readonly problem: string | undefined }) {
  return (
    <main className={styles.welcome} aria-busy={problem === undefined}>
      {problem !== undefined && <OpenProblem reason={problem} action="To the list" onAct={() => goTo(undefined)} />}
    </main>
  );
}
